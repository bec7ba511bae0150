/** Streams of typed events: the same bytes and the same verdict, wherever they are cut. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MediaEventTap } from './event-tap.ts'

const stream = [
  ': hello\n\n',
  'event: transcript.text.delta\r\ndata: {"type":"transcript.text.delta","delta":"Grüße 👋🏽"}\r\n\r\n',
  'data:\n\n',
  'data: {"type":\ndata: "transcript.text.delta","delta":"x"}\n\n',
  'data: {"type":"transcript.text.done","text":"Grüße","usage":{"input_tokens":14,"output_tokens":2,"total_tokens":16}}\n\n',
]
/** The empty event is nobody's. */
const passed = stream.filter((event) => event !== 'data:\n\n').join('')

interface Heard {
  readonly text: string
  readonly ended: string
  readonly reason: string | undefined
  readonly tokens: number | undefined
  readonly hasContent: boolean
}

function hear(...pieces: readonly (string | Buffer)[]): Heard {
  const tap = new MediaEventTap()
  const out = [...pieces.map((piece) => tap.take(Buffer.from(piece))), tap.end()].filter((bytes) => bytes !== undefined)
  return {
    text: Buffer.concat(out).toString(),
    ended: tap.ended,
    reason: tap.failure?.reason,
    tokens: tap.usage?.inputTokens,
    hasContent: tap.hasContent,
  }
}

test('a stream goes on as it came, whatever the cut', () => {
  const bytes = Buffer.from(stream.join(''))
  const whole = hear(bytes)
  assert.deepEqual(whole, { text: passed, ended: 'done', reason: undefined, tokens: 14, hasContent: true })
  for (let cut = 1; cut < bytes.length; cut++) assert.deepEqual(hear(bytes.subarray(0, cut), bytes.subarray(cut)), whole, `cut at ${cut}`)
})

test('a stream that ends anywhere before its last event is not complete', () => {
  const bytes = Buffer.from(stream.join(''))
  const end = bytes.lastIndexOf('}')
  for (let cut = 0; cut < end; cut++) assert.ok(hear(bytes.subarray(0, cut)).ended === 'no', `cut at ${cut}`)
})

test('a last event without its blank line is given one', () => {
  assert.equal(hear('data: {"type":"speech.audio.done"}').text, 'data: {"type":"speech.audio.done"}\n\n')
  assert.equal(hear('data: {"type":"speech.audio.done"}\n').text, 'data: {"type":"speech.audio.done"}\n\n')
})

test('behind `[DONE]` nothing follows', () => {
  const tap = new MediaEventTap()
  const start = 'data: {"type":"x"}\n\ndata: [DONE]\n\n'
  assert.equal(tap.take(Buffer.from(`${start}data: {"type":"y"}\n\n`))?.toString(), start)
  assert.deepEqual([tap.ended, tap.take(Buffer.from('data: {"type":"z"}\n\n'))], ['done', undefined])
})

for (const [what, text, reason] of [
  ['an error event', 'event: error\ndata: {"type":"error","error":{"message":"rate limit","code":429}}\n\n', 'rate-limited'],
  ['an error without a type', 'data: {"error":{"message":"The server is overloaded"}}\n\n', 'overloaded'],
  ['an error line', 'error: {"message":"unavailable"}\n\n', 'overloaded'],
  ['a type that says error', 'data: {"type":"error","code":"x","message":"permission"}\n\n', 'key-forbidden'],
  ['no JSON', 'data: hello\n\n', 'bad-answer'],
  ['an event that is cut at the end', 'data: {"type":"spee', 'truncated'],
] as const) {
  test(`${what} ends the stream and is not passed on`, () => {
    const { text: out, reason: told } = hear(text)
    assert.deepEqual([out, told], ['', reason])
  })
}

test('usage beside an error counts', () => {
  assert.equal(hear('data: {"error":{"message":"x"},"usage":{"input_tokens":3,"output_tokens":1}}\n\n').tokens, 3)
})

test('raw line separators are written as escapes', () => {
  assert.equal(hear('data: {"delta":"a\u2028b"}\n\n').text, 'data: {"delta":"a\\u2028b"}\n\n')
})

test('comments without end before any content are not gathered', () => {
  const tap = new MediaEventTap()
  let held = 0
  for (let count = 0; count < 100; count++) held += tap.take(Buffer.from(`: ${'x'.repeat(1000)}\n\n`))?.length ?? 0
  assert.ok(held <= 16 * 1024)
})

test('an event without an end is given up', () => {
  const tap = new MediaEventTap()
  tap.take(Buffer.from('data: {"b64_json":"'))
  const block = Buffer.alloc(16 * 1024 * 1024, 'a')
  for (let count = 0; count < 5; count++) tap.take(block)
  assert.equal(tap.failure?.reason, 'bad-answer')
})
