/** Everything that was ever recorded of this dialect: through the tap untouched, and through the reader to the same meaning at every cut. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { collect } from '../canonical/collect.ts'
import { hear, piecesOf, recorded, recordings, withoutRecordings } from '../harness.test.ts'
import type { Recording } from '../harness.test.ts'
import { readPieces, sameAtEveryCut } from '../reading.test.ts'
import { isRecord, parseJson } from '../wire.ts'
import { anthropicMessages } from './index.ts'
import { MessagesReader } from './reader.ts'
import { AnthropicTap } from './stream.ts'

/** Streams that cannot be told to the end. */
const broken: Readonly<Record<string, string>> = { 'anthropic-compatible/anthropic-messages/spliced-message-start': 'bad-answer' }

/** Recorded errors and what they mean. */
const meanings: Readonly<Record<string, string>> = {
  'anthropic/anthropic-messages/error-400-bad-messages': 'bad-request',
  'anthropic/anthropic-messages/error-400-effort-unsupported': 'unsupported',
  'anthropic/anthropic-messages/error-400-prompt-too-long': 'context-too-long',
  'anthropic/anthropic-messages/error-401-invalid-key': 'key-rejected',
  'anthropic/anthropic-messages/quoted-error-429-body': 'rate-limited',
}

/** One was stored as the whole message that its stream made. */
const all = recordings('anthropic-messages', 'stream').filter((recording) => streamOf(recording).includes('message_start'))

test('recordings of Anthropic streams go through byte for byte, however they are cut', { skip: withoutRecordings }, async (t) => {
  for (const recording of all) await t.test(recording.id, () => goesThrough(recording))
})

test('recordings of Anthropic streams are read to the same events at every cut', { skip: withoutRecordings }, async (t) => {
  for (const recording of all) {
    await t.test(recording.id, () => {
      const bytes = streamOf(recording)
      // Every byte of the small ones; the long ones at some dozens of places, which fall everywhere over the suite.
      const step = bytes.length > 6000 ? Math.ceil(bytes.length / 60) : 1
      const { reason, ended } = sameAtEveryCut(() => new MessagesReader({ dialect: 'anthropic-messages' }), bytes, step)
      assert.equal(reason, broken[recording.id])
      assert.equal(ended, reason === undefined ? 'done' : 'no')
    })
  }
})

test('what a recorded stream says is what the events of the vendor said', { skip: withoutRecordings }, async (t) => {
  for (const recording of all.filter(({ id }) => broken[id] === undefined)) {
    await t.test(recording.id, () => {
      const told = eventsIn(streamOf(recording))
      const { events, usage } = readPieces(new MessagesReader({ dialect: 'anthropic-messages' }), [streamOf(recording)])
      const answer = collect(events)
      assert.equal(textIn(answer), pieces(told, 'text'))
      assert.equal(thinkingIn(answer), pieces(told, 'thinking'))
      assert.equal(answer.rawFinish, stopReasonIn(told))
      const calls = told.filter((event) => at(event, 'content_block', 'type') === 'tool_use')
      assert.deepEqual(
        answer.blocks.flatMap((block) => (block.is === 'tool-call' ? [[block.id, block.name]] : [])),
        calls.map((event) => [at(event, 'content_block', 'id'), at(event, 'content_block', 'name')]),
      )
      const last = told.findLast((event) => event['type'] === 'message_delta')
      if (at(last, 'usage', 'iterations') === undefined) assert.equal(usage?.outputTokens, at(last, 'usage', 'output_tokens'))
      assert.deepEqual(usage, answer.usage)
    })
  }
})

test('recorded Anthropic answers are answers, and their usage is read', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('anthropic-messages', 'response')) {
    await t.test(recording.id, () => {
      const body = recorded(recording.file)
      const { usage, failure } = anthropicMessages.readAnswer(body)
      assert.equal(failure, undefined)
      const read = anthropicMessages.provider?.readAnswer(body, { dialect: 'anthropic-messages' }, target)
      assert.ok(read !== undefined && read.failure === undefined)
      assert.deepEqual(read.answer.usage, usage)
      const json = parseJson(body.toString())
      assert.equal(usage?.outputTokens, at(json, 'usage', 'output_tokens'))
      const content = at(json, 'content')
      assert.ok(Array.isArray(content))
      assert.equal(read.answer.blocks.length, content.length)
    })
  }
})

test('recorded Anthropic errors mean what they meant', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('anthropic-messages', 'error').filter(({ id }) => meanings[id] !== undefined)) {
    await t.test(recording.id, () => {
      const body = recorded(recording.file)
      const { reason, message } = anthropicMessages.readFailure({ status: recording.status, headers: {}, body, wallNow: 0 })
      assert.equal(reason, meanings[recording.id])
      assert.equal(message, at(parseJson(body.toString()), 'error', 'message'))
    })
  }
})

const target = { provider: 'p', model: 'm', dialect: 'anthropic-messages', keyId: 'k', quirks: {} } as const

function goesThrough(recording: Recording): void {
  const bytes = streamOf(recording)
  const heard = hear(new AnthropicTap(), [bytes])
  for (const size of [1, 3, 64, 1000]) assert.deepEqual(hear(new AnthropicTap(), piecesOf(bytes, size)), heard)
  assert.equal(heard.reason, broken[recording.id])
  assert.ok(heard.hasContent)
  if (heard.reason !== undefined) return assert.ok(bytes.toString('latin1').startsWith(heard.out) && heard.out !== '')
  assert.equal(heard.ended, 'done')
  // A blank line is added where the recording ends without one.
  assert.equal(heard.out, `${bytes.toString('latin1').trimEnd()}\n\n`)
  assert.deepEqual(heard.usage, readPieces(new MessagesReader({ dialect: 'anthropic-messages' }), [bytes]).usage)
}

/** Some recordings were stored without their framing, and one is a request with its answer's error beside it. */
function streamOf({ file, framing }: Recording): Buffer {
  const bytes = recorded(file)
  if (framing === 'sse') return bytes
  const events: unknown[] = framing.startsWith('json-lines')
    ? bytes
        .toString()
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(parseJson)
    : (JSON.parse(bytes.toString()) as unknown[])
  return Buffer.from(
    events
      .filter(isRecord)
      .map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
  )
}

function eventsIn(bytes: Buffer): Record<string, unknown>[] {
  return bytes
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => parseJson(line.slice(6)))
    .filter(isRecord)
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const name of path) found = isRecord(found) ? found[name] : undefined
  return found
}

function pieces(events: readonly Record<string, unknown>[], name: 'text' | 'thinking'): string {
  return events.map((event) => (at(event, 'delta', 'type') === `${name}_delta` ? String(at(event, 'delta', name)) : '')).join('')
}

function stopReasonIn(events: readonly Record<string, unknown>[]): unknown {
  return events.map((event) => at(event, 'delta', 'stop_reason')).findLast((reason) => typeof reason === 'string')
}

function textIn({ blocks }: CanonicalAnswer): string {
  return blocks.map((block) => (block.is === 'text' ? block.text : '')).join('')
}

function thinkingIn({ blocks }: CanonicalAnswer): string {
  return blocks.map((block) => (block.is === 'reasoning' ? block.text : '')).join('')
}
