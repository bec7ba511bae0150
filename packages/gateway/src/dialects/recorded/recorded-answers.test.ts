/** Every answer that was recorded, in the bytes its provider sent, with the events in them as plain JSON: none of it read by our readers. */
import type { DialectName } from '../../domain/operation.ts'
import { frameBytes } from '../bedrock-converse/frame-bytes.test.ts'
import { recorded, recordings } from '../harness.test.ts'
import type { Recording } from '../harness.test.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import type { Json } from './json.test.ts'

export interface RecordedAnswer {
  readonly id: string
  readonly provider: string
  /** What the provider speaks. */
  readonly dialect: DialectName
  readonly bytes: Buffer
  /** The events in these bytes, or in the beginning of them; what was cut off is left out. */
  events(bytes: Buffer): readonly Json[]
  /** The bytes in pieces of an event each. */
  pieces(bytes: Buffer): readonly Buffer[]
  /** What stands between events and says nothing; empty where there is no such thing. */
  readonly silence: string
}

type Reading = Pick<RecordedAnswer, 'events' | 'pieces' | 'silence'>

type Framing = Reading & {
  /** Puts events that were stored without their framing back into it. */
  readonly frame: (events: readonly unknown[]) => Buffer
}

const invocations = 'bedrock-invoke'

/** Dialects as the recordings name them. */
const dialects: Readonly<Record<string, DialectName>> = {
  'openai-chat': 'openai-chat',
  'openai-responses': 'openai-responses',
  'anthropic-messages': 'anthropic-messages',
  gemini: 'gemini-generate',
  'bedrock-converse': 'bedrock-converse',
  // Claude's own events, each in a frame: what is left of it without the frames is a stream of Anthropic's.
  [invocations]: 'anthropic-messages',
  'cohere-v2': 'cohere-chat',
  mistral: 'mistral-chat',
  ollama: 'ollama-chat',
}

function json(text: string): Json[] {
  const value = parseJson(text)
  return isRecord(value) ? [value] : []
}

const eventStream: Framing = {
  events: (bytes) =>
    bytes
      .toString()
      .split(/\r\n|\n|\r/)
      .flatMap((line) => (/^(?:data|error):/.test(line) ? json(line.slice(line.indexOf(':') + 1)) : [])),
  pieces: (bytes) => cutBehind(bytes, /(?<=\r\n\r\n|\n\n|\r\r)/),
  silence: ': still here\n\n',
  frame: (events) => Buffer.from(events.map((event) => `${named(event)}data: ${JSON.stringify(event)}\n\n`).join('')),
}

function cutBehind(bytes: Buffer, end: RegExp): Buffer[] {
  return bytes
    .toString('latin1')
    .split(end)
    .map((piece) => Buffer.from(piece, 'latin1'))
}

function named(event: unknown): string {
  const type = isRecord(event) ? textIn(event['type']) : undefined
  return type === undefined ? '' : `event: ${type}\n`
}

const lines: Framing = {
  events: (bytes) => bytes.toString().split('\n').flatMap(json),
  pieces: (bytes) => cutBehind(bytes, /(?<=\n)/),
  silence: '',
  frame: (events) => Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
}

/** Amazon's frames: each event as one object, its type the only key. */
const frames: Framing = {
  events: (bytes) => payloads(bytes).flatMap(({ type, payload }) => json(payload).map((value) => ({ [type]: value }))),
  pieces: (bytes) => payloads(bytes).map(({ from, to }) => bytes.subarray(from, to)),
  silence: '',
  frame: (events) =>
    Buffer.concat(
      events.filter(isRecord).flatMap((event) =>
        Object.entries(event).map(([type, value]) => {
          return frameBytes({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, JSON.stringify(value))
        }),
      ),
    ),
}

function payloads(bytes: Buffer): { type: string; payload: string; from: number; to: number }[] {
  const found: ReturnType<typeof payloads> = []
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    const headers = bytes.readUInt32BE(at + 4)
    if (at + length > bytes.length) break
    const head = bytes.toString('latin1', at + 12, at + 12 + headers)
    // Name, the mark of a text, two bytes of length, and the text.
    const mark = head.indexOf(':event-type') + ':event-type'.length
    const type = head.slice(mark + 3, mark + 3 + head.charCodeAt(mark + 2))
    found.push({ type, payload: bytes.toString('utf8', at + 12 + headers, at + length - 4), from: at, to: at + length })
    at += length
  }
  return found
}

/** One array that grows: its elements are told apart by the line between them. */
const array: Framing = {
  events: (bytes) =>
    bytes
      .toString()
      .replace(/^\[/, '')
      .replace(/\]\s*$/, '')
      .split(/\n,\r?\n/)
      .flatMap(json),
  pieces: (bytes) => [bytes],
  silence: '',
  frame: (events) => Buffer.from(JSON.stringify(events)),
}

const oneObject: Reading = { events: (bytes) => json(bytes.toString()), pieces: (bytes) => [bytes], silence: '' }

const usualFramings: Readonly<Partial<Record<DialectName, Framing>>> = { 'bedrock-converse': frames, 'ollama-chat': lines }

function framingOf({ framing }: Recording, dialect: DialectName): Framing {
  return framing === 'json-array-stream' ? array : (usualFramings[dialect] ?? eventStream)
}

/** Every recorded stream of the dialects. */
export function recordedStreams(): readonly RecordedAnswer[] {
  return Object.entries(dialects).flatMap(([name, dialect]) =>
    [...recordings(name, 'stream'), ...recordings(name, 'error').filter(({ framing }) => framing === 'sse')].flatMap((recording) => {
      const framing = framingOf(recording, dialect)
      return filesOf(recording, /stream/).map(([role, file]) =>
        answer({ recording, role, dialect }, bytesOf(recording, file, framing), framing),
      )
    }),
  )
}

/** Every recorded answer that came in one piece. */
export function recordedWholes(): readonly RecordedAnswer[] {
  return Object.entries(dialects).flatMap(([name, dialect]) =>
    [...recordings(name, 'response'), ...recordings(name, 'stream')].flatMap((recording) =>
      filesOf(recording, /^(?:followup-)?response$/)
        .filter(([, file]) => recording.kind === 'response' || /(?:^|followup-)response\.json$/.test(file.replace(/.*\//, '')))
        .filter(() => recording.kind === 'response' || recording.id.startsWith('_matrix/'))
        .map(([role, file]) => answer({ recording, role, dialect }, recorded(file), oneObject)),
    ),
  )
}

/** The matrix has several answers in one entry; all others one. */
function filesOf({ id, file, files }: Recording, role: RegExp): [role: string, file: string][] {
  if (!id.startsWith('_matrix/')) return [['response', file]]
  return Object.entries(files).filter(([name]) => role.test(name))
}

interface About {
  readonly recording: Recording
  readonly role: string
  readonly dialect: DialectName
}

function answer({ recording, role, dialect }: About, bytes: Buffer, framing: Reading): RecordedAnswer {
  const { id, provider } = recording
  return { ...framing, id: role === 'response' ? id : `${id} ${role}`, provider, dialect, bytes }
}

function bytesOf({ framing, dialect }: Recording, file: string, { frame }: Framing): Buffer {
  const bytes = recorded(file)
  if (dialect === invocations) return unwrapped(bytes)
  if (framing.startsWith('json-lines')) return frame(firstAnswer(bytes.toString().split('\n').flatMap(json)))
  if (framing.startsWith('json-array of')) return frame(firstAnswer(JSON.parse(bytes.toString()) as unknown[]))
  return bytes
}

const ends: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete'])

/** One of those of the Responses API is two answers in a row. */
function firstAnswer(events: readonly unknown[]): readonly unknown[] {
  const end = events.findIndex((event) => isRecord(event) && ends.has(event['type']))
  return end === -1 ? events : events.slice(0, end + 1)
}

function unwrapped(bytes: Buffer): Buffer {
  const events = payloads(bytes).flatMap(({ payload }) => json(payload))
  return eventStream.frame(events.map((event) => parseJson(Buffer.from(textIn(event['bytes']) ?? '', 'base64').toString())))
}
