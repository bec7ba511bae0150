/**
 * Listens to a stream of the Responses API that goes through as it is. Events are named by one search in their bytes; only the
 * last one is built, for its usage, and what came before it when the stream breaks off.
 */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { StreamTap } from '../dialect.ts'
import { usageFromOpenAi } from '../openai/usage.ts'
import { SseScanner } from '../sse-scan.ts'
import type { SseEvent } from '../sse-scan.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'
import { eventFailure, eventText, failedEvent, failing, terminal, unknownResponse } from './failure.ts'

const sent = 'yes'
const notJson: Failure = { reason: 'bad-answer', message: 'The provider sent a stream event that is not JSON.', sent }
const cutInEvent: Failure = { reason: 'truncated', message: 'The provider cut the stream in the middle of an event.', sent }
const endless: Failure = { reason: 'bad-answer', message: 'The provider sent an event without an end.', sent }
const mostEarlyCommentBytes = 16 * 1024
const blankLine = Buffer.from('\n\n')
const lineFeed = 0x0a

/** Events that come before the model has said or done anything. */
const silent: ReadonlySet<string> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
  'response.output_item.added',
  'response.content_part.added',
  'response.reasoning_summary_part.added',
])

/** Changes what an event says of the answer as a whole, for callers whose answers are kept here. */
export type Amend = (response: Record<string, unknown>) => Record<string, unknown>

export class ResponsesTap implements StreamTap {
  readonly #scanner: SseScanner
  readonly #amend: Amend | undefined
  #parts: Buffer[] = []
  #earlyCommentBytes = 0
  #atEnd = false
  /** Data of the first event and of the latest; read only when the stream breaks off. */
  #first: Buffer | undefined
  #latest: Buffer | undefined
  dataEvents = 0
  hasContent = false
  contentEvents = 0
  ended: 'no' | 'finish' | 'done' = 'no'
  failure: Failure | undefined
  usage: Usage | undefined
  whole: Readonly<Record<string, unknown>> | undefined

  constructor(amend?: Amend) {
    this.#amend = amend
    this.#scanner = new SseScanner((event) => this.#hear(event))
  }

  take(chunk: Buffer): Buffer | undefined {
    if (this.ended === 'done' || this.failure !== undefined) return undefined
    this.#scanner.take(chunk)
    if (this.#scanner.overgrown) this.failure ??= endless
    return this.#collect()
  }

  end(): Buffer | undefined {
    this.#atEnd = true
    const unfinished = this.#scanner.flush()
    const last = this.#collect()
    return last === undefined || !unfinished ? last : Buffer.concat([last, last.at(-1) === lineFeed ? blankLine.subarray(1) : blankLine])
  }

  /** The one event that clients take for a failure, as if the provider had sent it next. */
  breakOff(failure: Failure): Buffer {
    const created = recordIn(this.#first)?.['response']
    const latest = recordIn(this.#latest)?.['sequence_number']
    const response = isRecord(created) ? created : unknownResponse
    const next = typeof latest === 'number' ? latest + 1 : this.dataEvents
    return Buffer.from(failedEvent(failure, this.#amend?.(response) ?? response, next))
  }

  #hear(event: SseEvent): void {
    if (this.ended === 'done' || this.failure !== undefined) return
    if (event.errorStart !== -1) {
      this.failure = streamErrorFailure(event.bytes.toString('utf8', event.errorStart, event.errorEnd))
      return
    }
    if (event.dataLines === 0) this.#hearComment(event)
    else if (event.dataLines > 1) this.#hearJoined(event)
    else if (event.dataStart !== event.dataEnd) this.#hearData(event, event.bytes.subarray(event.dataStart, event.dataEnd))
  }

  #hearComment(event: SseEvent): void {
    if (this.#atEnd) return
    if (!this.hasContent) {
      this.#earlyCommentBytes += event.end - event.start
      if (this.#earlyCommentBytes > mostEarlyCommentBytes) return
    }
    this.#pass(event)
  }

  #hearData(event: SseEvent, data: Buffer): void {
    if (data.toString('latin1', 0, 6) === '[DONE]') {
      this.ended = 'done'
      this.#pass(event)
      return
    }
    this.dataEvents++
    const type = typeOf(data)
    // What is left at the end may be half an event.
    if (type === undefined || (this.#atEnd && recordIn(data) === undefined)) this.failure = this.#atEnd ? cutInEvent : notJson
    else if (failing.has(type)) this.#fail(data)
    else this.#hearTyped(event, data, type)
  }

  #hearTyped(event: SseEvent, data: Buffer, type: string): void {
    this.#first ??= data
    this.#latest = data
    if (!silent.has(type)) this.#noteContent()
    if (terminal.has(type)) this.#finish(event, data)
    else if (this.#amend !== undefined && silent.has(type)) this.#passAmended(event, data, this.#amend)
    else this.#pass(event)
  }

  #noteContent(): void {
    this.hasContent = true
    this.contentEvents++
  }

  #fail(data: Buffer): void {
    const json = recordIn(data)
    this.failure = json === undefined ? notJson : eventFailure(json)
    const response = json?.['response']
    if (isRecord(response)) this.usage = usageFromOpenAi(response['usage']) ?? this.usage
  }

  #finish(event: SseEvent, data: Buffer): void {
    const response = recordIn(data)?.['response']
    if (isRecord(response)) {
      this.usage = usageFromOpenAi(response['usage']) ?? this.usage
      this.whole = this.#amend?.(response) ?? response
    }
    // Those who name their events send nothing behind the last one; those who do not send `[DONE]` (OpenRouter).
    this.ended = isNamed(event) ? 'done' : 'finish'
    if (this.#amend === undefined) this.#pass(event)
    else this.#passAmended(event, data, this.#amend)
  }

  #passAmended(event: SseEvent, data: Buffer, amend: Amend): void {
    const json = recordIn(data)
    if (json === undefined || !isRecord(json['response'])) return this.#pass(event)
    this.#parts.push(Buffer.from(eventText({ ...json, type: String(json['type']), response: amend(json['response']) })))
  }

  /** Several `data:` lines make one JSON text (WHATWG); in valid JSON a line break is only space between tokens. */
  #hearJoined(event: SseEvent): void {
    const lines = event.bytes.toString('utf8', event.start, event.end).split(/\r\n|\n|\r/)
    const text = lines
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice('data:'.length).replace(/^ /, ''))
      .join(' ')
    const name = lines.find((line) => line.startsWith('event:'))
    const head = name === undefined ? '' : `${name}\n`
    const bytes = Buffer.from(`${head}data: ${text}\n\n`)
    const dataStart = Buffer.byteLength(head) + 'data: '.length
    this.#hearData({ ...event, bytes, start: 0, end: bytes.length, dataStart, dataEnd: bytes.length - 2 }, Buffer.from(text))
  }

  #pass(event: SseEvent): void {
    this.#parts.push(event.bytes.subarray(event.start, event.end))
  }

  #collect(): Buffer | undefined {
    const [only] = this.#parts
    if (only === undefined) return undefined
    const all = this.#parts.length === 1 ? only : Buffer.concat(this.#parts)
    this.#parts = []
    return all
  }
}

const typeKey = Buffer.from('"type":')

/**
 * The event's own type among the types of what is in it. In JSON text every quote is escaped, so the key can only be a key, and
 * only events have types that begin with `response.`.
 */
function typeOf(data: Buffer): string | undefined {
  for (let at = data.indexOf(typeKey); at !== -1; at = data.indexOf(typeKey, at + 1)) {
    const type = /^\s*"(response\.[a-z_.]+|error)"/.exec(data.toString('latin1', at + typeKey.length, at + typeKey.length + 80))?.[1]
    if (type === undefined) continue
    // An `error` may be the type of something inside.
    if (type !== 'error') return type
    break
  }
  const type = recordIn(data)?.['type']
  return typeof type === 'string' ? type : recordIn(data) && ''
}

function recordIn(data: Buffer | undefined): Record<string, unknown> | undefined {
  const json = data === undefined ? undefined : parseJson(data.toString())
  return isRecord(json) ? json : undefined
}

const eventKey = Buffer.from('event:')

/** Around its data: some servers send the name behind it. */
function isNamed({ bytes, start, end, dataStart, dataEnd }: SseEvent): boolean {
  return bytes.subarray(start, dataStart).includes(eventKey) || bytes.subarray(dataEnd, end).includes(eventKey)
}
