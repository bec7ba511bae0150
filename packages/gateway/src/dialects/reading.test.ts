/** What tests of readers share: a stream read in pieces, at every cut, and the promises of its events (canonical/events.ts). */
import assert from 'node:assert/strict'
import type { CanonicalEvent } from './canonical/events.ts'
import type { StreamReader } from './dialect.ts'

/** All that a reader says of a stream. */
export interface ReadStream {
  /** Neighbouring deltas of one block in one piece: a cut may tell them in two. */
  readonly events: readonly CanonicalEvent[]
  readonly ended: StreamReader['ended']
  readonly reason: string | undefined
  readonly message: string | undefined
  readonly usage: StreamReader['usage']
  /** 0 behind a failure: what is left of a piece is counted or not, nobody cares. */
  readonly dataEvents: number
}

export function readPieces(reader: StreamReader, pieces: readonly Buffer[]): ReadStream {
  const events: CanonicalEvent[] = []
  for (const piece of pieces) events.push(...reader.take(piece))
  if (reader.ended !== 'done' && reader.failure === undefined) events.push(...reader.end())
  const { ended, failure, usage } = reader
  const dataEvents = failure === undefined ? reader.dataEvents : 0
  return { events: joined(events), ended, reason: failure?.reason, message: failure?.message, usage, dataEvents }
}

function joined(events: readonly CanonicalEvent[]): CanonicalEvent[] {
  const told: CanonicalEvent[] = []
  for (const event of events) {
    const last = told.at(-1)
    const both = last === undefined ? undefined : join(last, event)
    if (both === undefined) told.push(event)
    else told[told.length - 1] = both
  }
  return told
}

function join(first: CanonicalEvent, second: CanonicalEvent): CanonicalEvent | undefined {
  if (!('index' in first) || !('index' in second) || first.index !== second.index || first.is !== second.is) return undefined
  if ('text' in first && 'text' in second) return { ...first, text: first.text + second.text }
  if ('argumentsText' in first && 'argumentsText' in second) return { ...first, argumentsText: first.argumentsText + second.argumentsText }
  return undefined
}

/** Beyond so many cuts in two, every second, third, … byte has to do: byte by byte each place is a cut anyway. */
const mostCuts = 600

/** Reads the stream whole, byte by byte, and in two pieces cut at each byte; all of them must tell the same. */
export function sameAtEveryCut(open: () => StreamReader, bytes: Buffer, step: number = Math.ceil(bytes.length / mostCuts)): ReadStream {
  const whole = readPieces(open(), [bytes])
  // Copies, as a socket's pieces are: no piece can be read past its end.
  const single = Array.from({ length: bytes.length }, (_, at) => Buffer.from(bytes.subarray(at, at + 1)))
  assert.deepEqual(readPieces(open(), single), whole)
  for (let at = 1; at < bytes.length; at += step) {
    assert.deepEqual(readPieces(open(), [Buffer.from(bytes.subarray(0, at)), Buffer.from(bytes.subarray(at))]), whole, `cut at ${at}`)
  }
  promisesAreKept(whole.events)
  return whole
}

/** What every reader promises of its events. */
export function promisesAreKept(events: readonly CanonicalEvent[]): void {
  const open = new Map<number, string>()
  const ends = events.findIndex(({ is }) => is === 'finish' || is === 'failure')
  assert.ok(ends === -1 || ends === events.length - 1, 'nothing comes after the end')
  assert.ok(events.filter(({ is }) => is === 'usage').length <= 1, 'usage comes once')
  const starts = events.filter(({ is }) => is.endsWith('-start') && is !== 'answer-start')
  const told = events.filter((event) => 'index' in event)
  for (const event of told) follow(event, open)
  const opened = told.filter(({ is }) => is === 'block').length + starts.length
  assert.deepEqual(new Set(told.map(({ index }) => index)), new Set(Array.from({ length: opened }, (_, index) => index)))
  if (events.at(-1)?.is === 'finish') assert.equal(open.size, 0, 'every block ends before the finish')
}

function follow({ is, index }: Extract<CanonicalEvent, { index: number }>, open: Map<number, string>): void {
  if (is.endsWith('-start') || is === 'block') {
    assert.ok(!open.has(index))
    for (const kind of open.values()) assert.equal(kind, 'tool-call', 'only calls are open side by side')
    if (is !== 'block') open.set(index, is.slice(0, -'-start'.length))
  } else if (is.endsWith('-end')) {
    assert.equal(open.get(index), is.slice(0, -'-end'.length))
    open.delete(index)
  } else {
    assert.ok(open.has(index), `${is} belongs to an open block`)
  }
}
