/** The tap of a stream that passes through: what it lets go on, what it holds back, and what it says of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataIn, hear, piecesOf } from '../harness.test.ts'
import type { Heard } from '../harness.test.ts'
import { parseJson } from '../wire.ts'
import { AnthropicTap } from './stream.ts'

const start = event({ type: 'message_start', message: { id: 'msg_1', usage: { input_tokens: 43, output_tokens: 1 } } })
const textStart = event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })
const text = event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } })
const textStop = event({ type: 'content_block_stop', index: 0 })
const stop = event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { input_tokens: 61, output_tokens: 7 } })
const end = event({ type: 'message_stop' })
const ping = 'event: ping\ndata: {"type": "ping"}\n\n'
const whole = [start, textStart, ping, text, textStop, stop, end]

function event(value: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`
}

function heardOf(...events: readonly string[]): Heard {
  const bytes = Buffer.from(events.join(''))
  const heard = hear(new AnthropicTap(), [bytes])
  assert.deepEqual(hear(new AnthropicTap(), piecesOf(bytes, 1)), heard)
  return heard
}

/** How far a stream has come after each event. */
function contentAfter(...events: readonly string[]): boolean[] {
  const tap = new AnthropicTap()
  return events.map((each) => {
    tap.take(Buffer.from(each))
    return tap.hasContent
  })
}

test('a stream goes on as it came, and its last word on each count is its usage', () => {
  const { out, ended, usage, reason } = heardOf(...whole)
  assert.equal(out, whole.join(''))
  assert.deepEqual([ended, reason], ['done', undefined])
  assert.deepEqual([usage?.inputTokens, usage?.outputTokens], [61, 7])
})

test('pings, beginnings and empty deltas are no content; text, thinking, signatures, calls and a reason to stop are', () => {
  const thinking = event({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'thinking', thinking: '', signature: '' },
  })
  const silent = event({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: '' } })
  const signature = event({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'x' } })
  const call = event({ type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 't', name: 'f', input: {} } })
  assert.deepEqual(contentAfter(ping, start, textStart, ping, text), [false, false, false, false, true])
  assert.deepEqual(contentAfter(start, thinking, silent, signature), [false, false, false, true])
  assert.deepEqual(contentAfter(start, call), [false, true])
  assert.deepEqual(contentAfter(start, stop), [false, true])
})

test('only the terminator is an end: a reason to stop without it is a cut stream (F39)', () => {
  assert.equal(heardOf(...whole).ended, 'done')
  assert.equal(heardOf(...whole.slice(0, -1)).ended, 'no')
  assert.equal(heardOf(...whole.slice(0, -1), 'event: message_stop\ndata: {"type":"mess').reason, 'truncated')
  const cut = heardOf(...whole.slice(0, 3), text.slice(0, -20))
  assert.deepEqual([cut.ended, cut.reason], ['no', 'truncated'])
})

test('a stream that is cut anywhere before its terminator never looks complete', () => {
  const bytes = Buffer.from(whole.join(''))
  for (let at = 1; at < bytes.length; at++) {
    const { ended, reason } = hear(new AnthropicTap(), [bytes.subarray(0, at)])
    const looksComplete = ended !== 'no' && reason === undefined
    // The blank line behind the event may be missing.
    assert.equal(looksComplete, at >= bytes.length - 2, `cut at ${at}`)
  }
})

test('an error in the stream is a failure of its kind and does not go on', () => {
  const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
  const { out, reason, message } = heardOf(start, textStart, text, error, stop)
  assert.deepEqual([reason, message], ['overloaded', 'Overloaded'])
  assert.equal(out, start + textStart + text)
  assert.equal(heardOf(error).reason, 'overloaded')
  assert.equal(heardOf(start, 'data: {"error":{"type":"api_error","message":"x"}}\n\n').reason, 'upstream-broken')
})

test('the same message that begins again is left out; another one behind content is a failure', () => {
  const other = start.replace('msg_1', 'msg_2')
  assert.equal(
    heardOf(start, start, textStart, text, start, textStop, stop, end).out,
    [start, textStart, text, textStop, stop, end].join(''),
  )
  assert.equal(heardOf(start, other, ...whole.slice(1)).out, whole.join(''))
  const { out, reason } = heardOf(start, textStart, text, other, textStart)
  assert.deepEqual([reason, out], ['bad-answer', start + textStart + text])
})

test('what proxies add is left out, what is unknown goes on, and nothing comes behind the end', () => {
  const unknown = event({ type: 'something_new' })
  assert.equal(
    heardOf(start, unknown, 'data: [DONE]\n\n', 'data:\n\n', text, stop, end, text).out,
    [start, unknown, text, stop, end].join(''),
  )
})

test('a provider that sends nothing but pings does not fill the memory', () => {
  const { out, hasContent } = heardOf(start, ...Array.from({ length: 1000 }, () => ping))
  assert.equal(hasContent, false)
  assert.ok(out.length < 20_000)
})

test('an event over several lines is understood', () => {
  const lines =
    'event: message_delta\ndata: {"type":"message_delta",\ndata: "delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}\n\n'
  const { hasContent, usage, out } = heardOf(start, lines)
  assert.deepEqual([hasContent, usage?.outputTokens], [true, 3])
  assert.ok(out.endsWith(lines))
})

test('what is no JSON is a bad answer', () => {
  assert.equal(heardOf(start, 'data: <html>\n\n', text).reason, 'bad-answer')
})

test('the event of a failure is one that the SDKs understand', async () => {
  const { writeAnthropicStreamFailure } = await import('./failure.ts')
  const [data] = dataIn(writeAnthropicStreamFailure({ reason: 'overloaded', message: 'a\u2028b', sent: 'yes' }).toString('latin1'))
  assert.deepEqual(parseJson(data ?? ''), { type: 'error', error: { type: 'overloaded_error', message: 'a\u2028b' } })
})
