/** Streams and answers of Anthropic servers, read: what the recordings do not show. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { collect } from '../canonical/collect.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { sameAtEveryCut } from '../reading.test.ts'
import type { ReadStream } from '../reading.test.ts'
import { readAnswer } from './read-answer.ts'
import { MessagesReader } from './reader.ts'
import { write as writeTo } from './writing.test.ts'

const origin: Origin = { dialect: 'anthropic-messages', provider: 'anthropic', model: 'm', keyId: 'k' }
const contract = new URL('../../../test/contract/anthropic-messages/', import.meta.url)

function streamed(bytes: Buffer | string, request?: CanonicalRequest): ReadStream {
  return sameAtEveryCut(() => new MessagesReader(origin, request), Buffer.from(bytes))
}

function whole(body: Buffer | object, request?: CanonicalRequest): CanonicalAnswer {
  const read = readAnswer(Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)), origin, request)
  assert.ok(read.failure === undefined)
  return read.answer
}

function events(...values: readonly { readonly type: string; readonly [field: string]: unknown }[]): string {
  return values.map((value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`).join('')
}

const start = { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: { input_tokens: 5, output_tokens: 1 } } }
const stop = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } }
const end = { type: 'message_stop' }

function blockOf(index: number, block: object, ...deltas: readonly object[]): { type: string }[] {
  return [
    { type: 'content_block_start', index, content_block: block } as { type: string },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta }) as { type: string }),
    { type: 'content_block_stop', index } as { type: string },
  ]
}

for (const name of ['text', 'tools', 'parallel-tools', 'reasoning']) {
  test(`the answer "${name}" says the same streamed and whole`, () => {
    const read = streamed(readFileSync(new URL(`${name}.stream`, contract)))
    assert.deepEqual(collect(read.events), whole(readFileSync(new URL(`${name}.json`, contract))))
    assert.equal(read.ended, 'done')
  })
}

test('a stream that breaks off with an error is a failure, and tells what came before', () => {
  const { reason, events: heard } = streamed(readFileSync(new URL('broken.stream', contract)))
  assert.equal(reason, 'overloaded')
  assert.deepEqual(heard.at(-2), { is: 'text-delta', index: 0, text: 'Half an answer' })
})

test('a whole answer that is an error in disguise is that error', () => {
  const read = readAnswer(Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'), origin)
  assert.equal(read.failure?.reason, 'overloaded')
  assert.equal(readAnswer(Buffer.from('{"choices":[]}'), origin).failure?.reason, 'bad-answer')
})

test('counts may be corrected by later ones, and sampling that took several rounds is added up', () => {
  const revised = streamed(events(start, { ...stop, usage: { input_tokens: 404_500, output_tokens: 943 } }, end)).usage
  assert.deepEqual([revised?.inputTokens, revised?.outputTokens], [404_500, 943])
  const rounds = [
    { input_tokens: 60_000, output_tokens: 100, cache_read_input_tokens: 7 },
    { input_tokens: 612, output_tokens: 50 },
  ]
  const added = streamed(events(start, { ...stop, usage: { input_tokens: 612, output_tokens: 50, iterations: rounds } }, end)).usage
  assert.deepEqual([added?.inputTokens, added?.outputTokens, added?.cacheReadTokens], [60_612, 150, 7])
})

test('what was written to the cache for an hour is told apart', () => {
  const cache = { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 90 }
  const { usage } = whole({
    content: [],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, cache_creation_input_tokens: 100, cache_creation: cache, output_tokens: 1 },
  })
  assert.deepEqual([usage?.cacheWriteTokens, usage?.cacheWriteHourTokens], [100, 90])
})

test('a call without arguments has an empty object for them', () => {
  const none = { type: 'tool_use', id: 't', name: 'f', input: {} }
  for (const deltas of [[], [{ type: 'input_json_delta', partial_json: '' }]]) {
    const { blocks, finish } = collect(streamed(events(start, ...blockOf(0, none, ...deltas), stop, end)).events)
    assert.deepEqual(blocks, [{ is: 'tool-call', id: 't', name: 'f', argumentsText: '{}' }])
    // Some servers say `end_turn` behind a call.
    assert.equal(finish, 'tool-calls')
  }
})

test('servers that give texts and inputs with the beginning of a block are understood', () => {
  const said = blockOf(0, { type: 'text', text: 'Hi' }, { type: 'text_delta', text: ' there' })
  const called = blockOf(1, { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } })
  const { blocks } = collect(streamed(events(start, ...said, ...called, stop, end)).events)
  assert.deepEqual(blocks, [
    { is: 'text', text: 'Hi there' },
    { is: 'tool-call', id: 't', name: 'f', argumentsText: '{"a":1}' },
  ])
})

test('a delta whose block nobody opened opens it, unknown events are passed over, and open blocks end with the message', () => {
  const text = { type: 'content_block_delta', index: 3, delta: { type: 'text_delta', text: 'Hi' } }
  const odd = { type: 'content_block_delta', index: 9, delta: { type: 'new_delta', x: 1 } }
  const { events: heard, ended } = streamed(events(start, { type: 'new_event' }, text, odd, stop, end))
  assert.deepEqual(collect(heard).blocks, [{ is: 'text', text: 'Hi' }])
  assert.equal(ended, 'done')
})

test('a message that begins again is the same message or a failure', () => {
  const said = blockOf(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'Hi' })
  assert.equal(streamed(events(start, start, ...said, start, stop, end)).reason, undefined)
  assert.equal(
    streamed(events(start, ...said.slice(0, 2), { ...start, message: { id: 'msg_2' } }, ...said, stop, end)).reason,
    'bad-answer',
  )
})

test('only the terminator is an end: a stream with a reason to stop and without it is cut (F39)', () => {
  const said = blockOf(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'Hi' })
  const stopped = streamed(events(start, ...said, stop))
  assert.deepEqual([stopped.ended, stopped.events.at(-1)?.is], ['no', 'text-end'])
  const cut = streamed(events(start, ...said))
  assert.deepEqual([cut.ended, cut.reason, cut.events.at(-1)?.is], ['no', undefined, 'text-end'])
})

test('names and free texts come back as the caller knows them, from the stream and from the whole', () => {
  const request: CanonicalRequest = {
    from: 'openai-responses',
    model: 'm',
    stream: false,
    turns: [],
    tools: [
      { is: 'function', name: 'files.read' },
      { is: 'custom', name: 'patch' },
    ],
    sampling: {},
    extras: {},
  }
  const [read = { name: '' }] = writeTo(request).body.tools ?? []
  const calls = [
    { type: 'tool_use', id: 'a', name: read.name, input: { path: 'x' } },
    { type: 'tool_use', id: 'b', name: 'patch', input: { input: '*** Begin' } },
  ]
  const expected = [
    { is: 'tool-call', id: 'a', name: 'files.read', argumentsText: '{"path":"x"}' },
    { is: 'tool-call', id: 'b', name: 'patch', argumentsText: '*** Begin', custom: true },
  ]
  assert.deepEqual(whole({ content: calls, stop_reason: 'tool_use' }, request).blocks, expected)
  const pieces = calls.map(({ input, ...call }, index) =>
    blockOf(
      index,
      { ...call, input: {} },
      { type: 'input_json_delta', partial_json: JSON.stringify(input).slice(0, 5) },
      { type: 'input_json_delta', partial_json: JSON.stringify(input).slice(5) },
    ),
  )
  assert.deepEqual(collect(streamed(events(start, ...pieces.flat(), stop, end), request).events).blocks, expected)
})
