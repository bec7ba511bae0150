import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { piecesOf } from './harness.test.ts'
import { longestEventBytes, longestLineBytes, SseScanner } from './sse-scan.ts'

interface Told {
  readonly text: string
  readonly data: string | undefined
  readonly dataLines: number
  readonly error: string | undefined
}

/** The events that the pieces hold; the last one is true when it had no blank line. */
function scanned(pieces: Iterable<Buffer>): readonly [...Told[], boolean] {
  const told: Told[] = []
  const scanner = new SseScanner(({ bytes, start, end, dataStart, dataEnd, dataLines, errorStart, errorEnd }) => {
    const cut = (from: number, to: number): string | undefined => (from === -1 ? undefined : bytes.toString('utf8', from, to))
    told.push({ text: bytes.toString('latin1', start, end), data: cut(dataStart, dataEnd), dataLines, error: cut(errorStart, errorEnd) })
  })
  for (const piece of pieces) scanner.take(piece)
  const unfinished = scanner.flush()
  return [...told, unfinished]
}

/** What each event says, without its bytes. */
function said(text: string): readonly (string | undefined)[] {
  return scanned([Buffer.from(text)]).flatMap((event) => (typeof event === 'boolean' ? [] : [event.error ?? event.data]))
}

for (const [what, text, expected] of [
  ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
  ['a mix', 'data: a\n\r\ndata: b\r\ndata: c\r\r\ndata: d\r\n\n', ['a', 'b', 'd']],
  ['no space, or more than one', 'data:a\n\ndata:  b \n\ndata:\n\ndata\n\n', ['a', ' b ', '', '']],
  ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
  ['no blank line at the end', 'data: a\n\ndata: b', ['a', 'b']],
  ['comments and other fields', ': hi\n\nid: 1\nretry: 2\nevent: x\nfoo\ndata: a\n: c\n\n', [undefined, 'a']],
  ['fields behind the data', 'data: a\nevent: x\n\n', ['a']],
  ['an error field', 'error: {"x":1}\n\nerror:y\n\n', ['{"x":1}', 'y']],
  ['names that only begin alike', 'database: a\nerrors: b\ndata : c\n data: d\n\n', [undefined]],
] as const) {
  test(`events with ${what}`, () => assert.deepEqual(said(text), expected))
}

test('an event with several data lines says how many', () => {
  const [event] = scanned([Buffer.from('data: a\ndata: b\ndata\n\n')])
  assert.deepEqual(event, { text: 'data: a\ndata: b\ndata\n\n', data: 'a', dataLines: 3, error: undefined })
})

test('no cut changes an event, and together the events are the stream', () => {
  const part = fc.constantFrom(
    'data: a',
    'data:👋',
    ': c',
    'event: e',
    'error: {}',
    '',
    '',
    '\n',
    '\r',
    '\r\n',
    '\n',
    '\r\n\r\n',
    '\ufeff',
    'x',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), fc.array(fc.nat({ max: 9 }), { minLength: 1 }), (parts, sizes) => {
      const bytes = Buffer.from(parts.join(''))
      const whole = scanned([bytes])
      assert.deepEqual(scanned(unevenly(bytes, sizes)), whole)
      const text = whole.map((event) => (typeof event === 'boolean' ? '' : event.text)).join('')
      assert.equal(text, bytes.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, ''))
    }),
    { seed: 6, numRuns: 5000 },
  )
})

test('an event is told as soon as it is complete', () => {
  for (const line of ['\n', '\r\n']) {
    const heard: number[] = []
    const scanner = new SseScanner((event) => heard.push(event.end))
    scanner.take(Buffer.from(`data: a${line}`))
    assert.deepEqual(heard, [])
    scanner.take(Buffer.from(line))
    assert.equal(heard.length, 1)
    assert.equal(scanner.heldBytes, 0)
  }
})

/** Whether a line of this length is refused before its end has come. */
function isRefused(length: number): boolean {
  const scanner = new SseScanner(() => {})
  for (const piece of piecesOf(Buffer.from(`data: ${'a'.repeat(length - 6)}`), 16_384)) scanner.take(piece)
  return scanner.overgrown
}

test('a line of 1 MiB passes and a longer one is refused, in whatever pieces', () => {
  assert.equal(isRefused(longestLineBytes), false)
  assert.equal(isRefused(longestLineBytes + 1), true)
})

test('an event of 4 MiB of short lines passes and a longer one is refused', () => {
  const scanner = new SseScanner(() => {})
  const lines = Buffer.from(`: ${'a'.repeat(1021)}\n`.repeat(64))
  for (let bytes = 0; bytes < longestEventBytes; bytes += lines.length) scanner.take(lines)
  assert.equal(scanner.overgrown, false)
  scanner.take(lines)
  assert.equal(scanner.overgrown, true)
})

function* unevenly(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    // A piece may be empty, but not all of them.
    const size = Math.max(sizes[turn % sizes.length] ?? 1, turn % 2)
    yield Buffer.from(bytes.subarray(at, at + size))
    at += size
  }
}

test('an event of 3 MiB in pieces of 1 KiB comes out whole', () => {
  const line = Buffer.from(`data: ${'x'.repeat(1000)}\n`)
  const event = Buffer.concat([...Array.from({ length: 3000 }, () => line), Buffer.from('\n')])
  let heard: Buffer | undefined
  const scanner = new SseScanner(({ bytes, start, end }) => {
    heard = bytes.subarray(start, end)
  })
  for (let at = 0; at < event.length; at += 1024) scanner.take(event.subarray(at, at + 1024))
  assert.ok(heard?.equals(event))
})
