/**
 * Listens to an OpenAI-style stream and lets its bytes through.
 * Hot path: after the first content no event is parsed unless it names usage or an error; a chunk that ends at an event's
 * end goes on as the buffer that arrived. Measured by bench W3.
 */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { StreamTap } from '../dialect.ts'
import { SseScanner } from '../sse-scan.ts'
import type { SseEvent } from '../sse-scan.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { usageFromOpenAi } from './usage.ts'
import { escapeSeparators, isRecord, parseJson, textIn } from '../wire.ts'

/** Whether a choice of the first events carries something for the caller: text, a tool call, a reason to stop. */
export type HasContent = (choice: Record<string, unknown>) => boolean

const quote = 0x22
const lineFeed = 0x0a
const noBytes = Buffer.alloc(0)
const blankLine = Buffer.from('\n\n')
const notJson: Failure = { reason: 'bad-answer', message: 'The provider sent a stream event that is not JSON.', sent: 'yes' }
const cutInEvent: Failure = { reason: 'truncated', message: 'The provider cut the stream in the middle of an event.', sent: 'yes' }
const mostEarlyCommentBytes = 16 * 1024

export class OpenAiTap implements StreamTap {
  readonly #scanner: SseScanner
  readonly #hasContentIn: HasContent
  readonly #hideUsage: boolean
  /** The part of the current buffer that goes to the caller, and finished parts before a hidden event. */
  #from = -1
  #to = -1
  #parts: Buffer[] = []
  #bytes: Buffer = noBytes
  #earlyCommentBytes = 0
  #atEnd = false
  dataEvents = 0
  hasContent = false
  ended: 'no' | 'finish' | 'done' = 'no'
  failure: Failure | undefined
  usage: Usage | undefined
  contentEvents = 0

  constructor(hasContentIn: HasContent, hideUsage: boolean) {
    this.#hasContentIn = hasContentIn
    this.#hideUsage = hideUsage
    this.#scanner = new SseScanner((event) => this.#hear(event))
  }

  take(chunk: Buffer): Buffer | undefined {
    // What comes after the end is dropped, and not held back for an event that nobody waits for.
    if (this.ended === 'done' || this.failure !== undefined) return undefined
    this.#scanner.take(chunk)
    if (this.#scanner.overgrown && this.failure === undefined) {
      this.failure = { reason: 'bad-answer', message: 'The provider sent an event without an end.', sent: 'yes' }
    }
    return this.#collect()
  }

  end(): Buffer | undefined {
    this.#atEnd = true
    const unfinished = this.#scanner.flush()
    const last = this.#collect()
    // KoboldCpp ends with `data: [DONE]` and no blank line; a caller that waits for the blank line would lose the event.
    return last === undefined || !unfinished ? last : Buffer.concat([last, last.at(-1) === lineFeed ? blankLine.subarray(1) : blankLine])
  }

  #hear(event: SseEvent): void {
    if (this.ended === 'done' || this.failure !== undefined) return
    if (event.errorStart !== -1) {
      this.failure = streamErrorFailure(event.bytes.toString('utf8', event.errorStart, event.errorEnd))
      return
    }
    if (event.dataLines === 0) this.#hearComment(event)
    else if (event.dataLines > 1) this.#hearJoined(event)
    else this.#hearData(event)
  }

  /** Comments go on too, but a provider that sends nothing else must not fill the memory before the first content. */
  #hearComment(event: SseEvent): void {
    // What is left at the end without a data line is a comment or a field that was cut.
    if (this.#atEnd) return
    const length = event.end - event.start
    if (!this.hasContent) {
      if (this.#earlyCommentBytes + length > mostEarlyCommentBytes) return
      this.#earlyCommentBytes += length
    }
    this.#pass(event)
  }

  #hearData(event: SseEvent): void {
    const { bytes, dataStart, dataEnd } = event
    // An empty event is some proxy's sign of life; callers would read it as JSON and fail.
    if (dataStart === dataEnd) return
    if (isDone(bytes, dataStart, dataEnd)) {
      this.ended = 'done'
      this.#pass(event)
      return
    }
    this.dataEvents++
    const seen = look(bytes, dataStart, dataEnd)
    if (seen.finish && this.ended === 'no') this.ended = 'finish'
    if (this.hasContent && !seen.usage && !seen.error && !this.#atEnd) {
      this.contentEvents++
      if (seen.separator) this.#passRewritten(event, bytes.toString('utf8', dataStart, dataEnd))
      else this.#pass(event)
      return
    }
    this.#study(event, bytes.toString('utf8', dataStart, dataEnd), seen.separator)
  }

  /** Parses the few events that need it: those before the first content, and those that name usage or an error. */
  #study(event: SseEvent, text: string, rewrite: boolean): void {
    const json = parseJson(text)
    if (!isRecord(json)) {
      this.failure = this.#atEnd ? cutInEvent : notJson
      return
    }
    // Usage rides anywhere, also on an error: a failed stream still costs. The last word counts.
    this.usage = usageFromOpenAi(json['usage'] ?? usageOfGroq(json)) ?? this.usage
    if (isError(json)) this.failure = streamErrorFailure(text)
    else if (!this.#isHiddenUsage(json)) {
      this.#noteContent(json)
      if (rewrite) this.#passRewritten(event, text)
      else this.#pass(event)
    }
  }

  /** Whether the event holds nothing but usage, which the caller has not asked for. */
  #isHiddenUsage(json: Record<string, unknown>): boolean {
    const choices = json['choices']
    return this.#hideUsage && Array.isArray(choices) && choices.length === 0 && isRecord(json['usage'])
  }

  #noteContent(json: Record<string, unknown>): void {
    const choices = json['choices']
    if (!Array.isArray(choices) || !choices.some((choice) => isRecord(choice) && this.#hasContentIn(choice))) return
    this.hasContent = true
    this.contentEvents++
  }

  /** Several `data:` lines make one JSON text (WHATWG); callers with line-based readers get it on one line. */
  #hearJoined(event: SseEvent): void {
    const text = event.bytes
      .toString('utf8', event.start, event.end)
      .split(/\r\n|\n|\r/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5).replace(/^ /, ''))
      .join('\n')
    this.dataEvents++
    const json = parseJson(text)
    if (isRecord(json) && finishes(json) && this.ended === 'no') this.ended = 'finish'
    // In valid JSON a line break is only space between tokens.
    this.#study(event, isRecord(json) ? text.replaceAll('\n', ' ') : text, true)
  }

  /** The event goes to the caller as it came. */
  #pass(event: SseEvent): void {
    if (this.#from === -1) this.#from = event.start
    else if (this.#to !== event.start) {
      this.#close(event)
      this.#from = event.start
    }
    this.#to = event.end
    this.#bytes = event.bytes
  }

  #close(event: SseEvent): void {
    if (this.#from !== -1) this.#parts.push(event.bytes.subarray(this.#from, this.#to))
    this.#from = -1
    this.#to = -1
  }

  /** The event goes to the caller without what some readers take for the end of a line. */
  #passRewritten(event: SseEvent, text: string): void {
    this.#close(event)
    this.#parts.push(Buffer.from(`data: ${escapeSeparators(text)}\n\n`))
  }

  #collect(): Buffer | undefined {
    const parts = this.#parts
    const rest = this.#from === -1 ? undefined : this.#bytes.subarray(this.#from, this.#to)
    this.#from = -1
    this.#to = -1
    if (parts.length === 0) return rest
    this.#parts = []
    if (rest !== undefined) parts.push(rest)
    return Buffer.concat(parts)
  }
}

function isDone(bytes: Buffer, start: number, end: number): boolean {
  // `[DONE]` is the only event whose data begins with a bracket.
  return bytes[start] === 0x5b && end - start >= 6 && bytes.toString('latin1', start, start + 6) === '[DONE]'
}

/** Groq reports usage there when `stream_options` is not honoured. */
function usageOfGroq(json: Record<string, unknown>): unknown {
  const own = json['x_groq']
  return isRecord(own) ? own['usage'] : undefined
}

function finishes(json: Record<string, unknown>): boolean {
  const choices = json['choices']
  return Array.isArray(choices) && choices.some((choice) => isRecord(choice) && textIn(choice['finish_reason']) !== undefined)
}

/** Mistral's errors are wrapped in nothing. */
function isError({ error, object }: Record<string, unknown>): boolean {
  return object === 'error' || isTruthy(error)
}

function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 0
}

interface Seen {
  usage: boolean
  finish: boolean
  error: boolean
  /** U+2028, U+2029 or U+0085 stands raw in the text. */
  separator: boolean
}

/** One object for all calls: an event is looked at, judged, and forgotten before the next. */
const seen: Seen = { usage: false, finish: false, error: false, separator: false }

const usageKey = Buffer.from('"usage"')
const finishKey = Buffer.from('"finish_reason"')
const errorKey = Buffer.from('"error"')
/** Non-ASCII first bytes of the three separators in UTF-8: E2 80 A8, E2 80 A9, C2 85. */
const twoByteLead = 0xc2
const threeByteLead = 0xe2

/**
 * Which keys an event names with a value other than null. Inside a JSON text every quote is escaped, so the bytes
 * `"usage":` can only be a real key, at whatever depth; what matters is then decided on the parsed event.
 */
function look(bytes: Buffer, start: number, end: number): Seen {
  seen.usage = false
  seen.finish = false
  seen.error = false
  seen.separator = false
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === quote) lookAtKey(bytes, at, end)
    else if (byte !== undefined && byte >= twoByteLead && isSeparator(bytes, at)) seen.separator = true
  }
  return seen
}

function lookAtKey(bytes: Buffer, at: number, end: number): void {
  const letter = bytes[at + 1]
  if (letter === 0x75) {
    if (valueOf(bytes, at, end, usageKey) !== -1) seen.usage = true
  } else if (letter === 0x66) {
    const value = valueOf(bytes, at, end, finishKey)
    // Some servers send "" until they stop.
    if (value !== -1 && bytes[value] === quote && bytes[value + 1] !== quote) seen.finish = true
  } else if (letter === 0x65 && (valueOf(bytes, at, end, errorKey) !== -1 || isErrorWord(bytes, at, end))) seen.error = true
}

/** `"error"` as a value, as in `"object":"error"`. */
function isErrorWord(bytes: Buffer, at: number, end: number): boolean {
  if (!isNamed(bytes, at, end, errorKey)) return false
  const next = bytes[at + errorKey.length]
  return next === 0x2c || next === 0x7d || next === 0x20
}

function isSeparator(bytes: Buffer, at: number): boolean {
  const byte = bytes[at]
  if (byte === threeByteLead) return bytes[at + 1] === 0x80 && (bytes[at + 2] === 0xa8 || bytes[at + 2] === 0xa9)
  return byte === twoByteLead && bytes[at + 1] === 0x85
}

/** Where the value is in `"name": value`; -1 where the name is another or the value is null. */
function valueOf(bytes: Buffer, at: number, end: number, name: Buffer): number {
  if (!isNamed(bytes, at, end, name)) return -1
  let next = at + name.length
  while (bytes[next] === 0x20) next++
  if (bytes[next] !== 0x3a) return -1
  next++
  while (bytes[next] === 0x20) next++
  return bytes[next] === 0x6e ? -1 : next
}

/** Two bytes have been looked at already. */
function isNamed(bytes: Buffer, at: number, end: number, name: Buffer): boolean {
  const length = name.length
  if (at + length >= end) return false
  for (let i = 2; i < length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}
