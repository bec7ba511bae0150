/** What the dialects' tests share: JSON texts of every look, streams cut in every way, and the recordings. */
import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import type { StreamTap } from './dialect.ts'

// JSON as people and libraries write it.

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 })
const escape = fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\b', '\\u0000', '\\u00e9', '\\uD83D\\uDE00', '\\ud800', '\\u2028')
const letters = fc.string({ unit: 'binary', maxLength: 6 }).map((text) => JSON.stringify(text).slice(1, -1))
const longText = fc.nat(200).map((length) => 'kö'.repeat(length))

/** A JSON string with its quotes. */
export const stringText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 5, arbitrary: letters }, { weight: 3, arbitrary: escape }, { weight: 1, arbitrary: longText }), {
    maxLength: 8,
  })
  .map((parts) => `"${parts.join('')}"`)

const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('-0', '1E+2', '0.5e-7'),
)
const scalarText = fc.oneof(stringText, numberText, fc.constantFrom('true', 'false', 'null'))

const { value } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalarText, tie('array'), tie('object')),
  array: fc.array(spaced(tie('value')), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
  object: fc.array(memberText(stringText, tie('value')), { maxLength: 4 }).map((members) => `{${members.join(',')}}`),
}))

/** Any JSON value. */
export const valueText: fc.Arbitrary<string> = value

/** A JSON object, with space around it. */
export const objectText: fc.Arbitrary<string> = spaced(
  fc.oneof(
    spaced(fc.constant('')).map((nothing) => `{${nothing}}`),
    fc.array(memberText(stringText, valueText), { maxLength: 8 }).map((members) => `{${members.join(',')}}`),
  ),
)

/** `"key": value` with space everywhere. */
export function memberText(key: fc.Arbitrary<string>, of: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(spaced(key), spaced(of)).map(([name, told]) => `${name}:${told}`)
}

function spaced(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(space, text, space).map((parts) => parts.join(''))
}

// Streams.

/** All that a caller and the gateway see of a stream. */
export interface Heard {
  readonly out: string
  readonly ended: StreamTap['ended']
  readonly reason: string | undefined
  readonly message: string | undefined
  readonly usage: StreamTap['usage']
  readonly hasContent: boolean
  readonly dataEvents: number
  readonly contentEvents: number
}

/** Sends the pieces through the tap, and the end where the stream has not ended by itself. */
export function hear(tap: StreamTap, pieces: Iterable<Buffer>): Heard {
  const out: Buffer[] = []
  for (const piece of pieces) out.push(tap.take(piece) ?? Buffer.alloc(0))
  if (tap.ended !== 'done' && tap.failure === undefined) out.push(tap.end() ?? Buffer.alloc(0))
  const { ended, failure, usage, hasContent, dataEvents, contentEvents } = tap
  return {
    out: Buffer.concat(out).toString('latin1'),
    ended,
    reason: failure?.reason,
    message: failure?.message,
    usage,
    hasContent,
    dataEvents,
    contentEvents,
  }
}

/** Copies, as a socket's pieces are: no piece can be read past its end. */
export function piecesOf(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(Buffer.from(bytes.subarray(at, at + size)))
  return pieces
}

/** The data of the events in a forwarded stream, read line by line as a careful client does. */
export function dataIn(out: string): string[] {
  return out
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => Buffer.from(line.slice(5).replace(/^ /, ''), 'latin1').toString())
}

/** One of our own small streams in `fixtures/`, written by hand in the shape of a real provider's. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}.sse`, import.meta.url))
}

/** A fixture of another kind. */
export function fixtureText(file: string): string {
  return readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
}

// The recordings of real providers, which lie beside the repository and not in it.

const recordingsFolder = new URL('../../../../../shared/fixtures/', import.meta.url)

/** Why the recordings are not tested, or false when they are. */
export const withoutRecordings: false | string = existsSync(new URL('MANIFEST.json', recordingsFolder))
  ? false
  : 'the recordings are not here (../shared/fixtures beside the repository)'

export interface Recording {
  readonly id: string
  readonly file: string
  readonly files: Readonly<Record<string, string>>
  readonly kind: string
  readonly kinds: readonly string[]
  readonly provider: string
  readonly dialect: string
  readonly status: number
  readonly framing: string
  readonly features: readonly string[]
}

/** The recordings of a dialect; none where the folder is missing. */
export function recordings(dialect: string, kind: string): readonly Recording[] {
  if (withoutRecordings !== false) return []
  const manifest = JSON.parse(readFileSync(new URL('MANIFEST.json', recordingsFolder), 'utf8')) as { entries: Recording[] }
  return manifest.entries.filter((entry) => entry.dialect === dialect && entry.kind === kind)
}

export function recorded(file: string): Buffer {
  return readFileSync(new URL(file, recordingsFolder))
}

/** Some recordings were stored without their framing. */
export function streamOf({ file, framing }: Recording): Buffer {
  const bytes = recorded(file)
  if (framing === 'sse') return bytes
  const events = framing.startsWith('json-lines')
    ? bytes
        .toString()
        .split('\n')
        .filter((line) => line.trim() !== '')
    : (JSON.parse(bytes.toString()) as unknown[]).map((event) => JSON.stringify(event))
  return Buffer.from(`${events.map((event) => `data: ${event}\n\n`).join('')}data: [DONE]\n\n`)
}
