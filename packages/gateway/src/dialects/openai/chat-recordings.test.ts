/** Recorded answers of many providers through the reader of translated chat: nothing of what they said is lost, at any cut. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from '../canonical/collect.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { StreamReader } from '../dialect.ts'
import { recorded, recordings, streamOf, withoutRecordings } from '../harness.test.ts'
import type { Recording } from '../harness.test.ts'
import { sameAtEveryCut } from '../reading.test.ts'
import { isRecord, parseJson } from '../wire.ts'
import { readChatAnswer } from './chat-answer.ts'
import { ChatStreamReader } from './chat-reader.ts'

/** Streams in which the provider reports an error, and what it means. */
const broken: Readonly<Record<string, string>> = {
  'gpustack/openai-chat/mid-stream-error-field': 'upstream-broken',
  'groq/openai-chat/tool-use-failed-mid-stream-t1': 'bad-request',
  'openrouter/openai-chat/error-chunk-mid-stream': 'bad-request',
}

const dialects = ['openai-chat', 'mistral'] as const
const origin = { dialect: 'openai-chat' } as const
const open = (): StreamReader => new ChatStreamReader({ origin })

test('recorded chat streams say the same at every cut, and nothing of what was said is lost', { skip: withoutRecordings }, async (t) => {
  for (const recording of dialects.flatMap((dialect) => recordings(dialect, 'stream'))) {
    await t.test(recording.id, () => saysAll(recording))
  }
})

test('recorded chat answers are read whole', { skip: withoutRecordings }, async (t) => {
  for (const recording of dialects.flatMap((dialect) => recordings(dialect, 'response'))) {
    await t.test(recording.id, () => {
      const body = recorded(recording.file)
      const { answer, failure } = { answer: undefined, ...readChatAnswer(body, { origin }) }
      assert.equal(failure, undefined)
      const json: unknown = JSON.parse(body.toString())
      assert.ok(isRecord(json) && answer !== undefined)
      const [choice] = choicesIn(json)
      const message = isRecord(choice?.['message']) ? choice['message'] : {}
      compare(answer, [message])
      assert.ok(answer.finish !== 'other', String(answer.rawFinish))
      assert.ok((answer.usage?.outputTokens ?? 0) > 0)
    })
  }
})

function saysAll(recording: Recording): void {
  const bytes = streamOf(recording)
  // The long ones have hundreds of events of one kind; byte by byte every place is a cut all the same.
  const read = sameAtEveryCut(open, bytes, Math.max(1, Math.ceil(bytes.length / 60)))
  const reason = broken[recording.id]
  assert.equal(read.reason, reason)
  compare(collect(read.events), deltasIn(bytes))
  if (reason !== undefined) return
  assert.notEqual(read.ended, 'no')
  assert.equal(read.events.filter(({ is }) => is === 'finish').length, 1)
  if (bytes.includes('"completion_tokens"')) assert.ok((read.usage?.outputTokens ?? 0) > 0)
}

function choicesIn(json: Record<string, unknown>): Record<string, unknown>[] {
  const { choices } = json
  return Array.isArray(choices) ? choices.filter(isRecord).filter(({ index }) => index === 0 || index === undefined) : []
}

function deltasIn(bytes: Buffer): Record<string, unknown>[] {
  return bytes
    .toString()
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: {'))
    .map((line) => parseJson(line.slice(6)))
    .filter(isRecord)
    .filter(({ error }) => error === undefined)
    .flatMap(choicesIn)
    .map(({ delta }) => delta)
    .filter(isRecord)
}

/** Text, thinking, refusal and the arguments of all calls, against what a plain addition of the deltas gives. */
function compare({ blocks }: CanonicalAnswer, deltas: readonly Record<string, unknown>[]): void {
  const said = (is: 'text' | 'reasoning' | 'refusal'): string => blocks.map((block) => (block.is === is ? block.text : '')).join('')
  const added = (...fields: string[]): string =>
    deltas.map((delta) => fields.map((field) => delta[field]).find((value) => typeof value === 'string') ?? '').join('')
  assert.equal(said('text'), added('content'))
  assert.equal(said('reasoning'), added('reasoning_content', 'reasoning'))
  assert.equal(said('refusal'), added('refusal'))
  const calls = blocks.filter((block) => block.is === 'tool-call')
  const told = deltas
    .flatMap((delta) => [delta['tool_calls'], isRecord(delta['function_call']) ? [{ function: delta['function_call'] }] : []])
    .flat()
    .filter(isRecord)
  const functions = told.map((call) => call['function']).filter(isRecord)
  assert.equal(calls.map(({ argumentsText }) => argumentsText).join(''), functions.map((each) => each['arguments']).join(''))
  assert.deepEqual(
    calls.map(({ name }) => name),
    functions.map((each) => each['name']).filter((name) => typeof name === 'string' && name !== ''),
  )
  const ids = told.map((call) => call['id']).filter((id) => typeof id === 'string' && id !== '')
  if (ids.length > 0)
    assert.deepEqual(
      calls.map(({ id }) => id),
      ids,
    )
  for (const { argumentsText } of calls) assert.doesNotThrow(() => JSON.parse(argumentsText))
}
