/**
 * Listens to an Anthropic stream and lets its bytes through untouched. After the first content only the events that can tell
 * something are parsed: the rest are deltas, which begin with bytes that say so.
 */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { StreamTap } from '../dialect.ts'
import { SseScanner } from '../sse-scan.ts'
import type { SseEvent } from '../sse-scan.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { PassedEvents } from './passed-events.ts'
import { AnthropicUsage } from './usage.ts'

const sent = 'yes'
const notJson: Failure = { reason: 'bad-answer', message: 'The provider sent a stream event that is not JSON.', sent }
const cutInEvent: Failure = { reason: 'truncated', message: 'The provider cut the stream in the middle of an event.', sent }
const endless: Failure = { reason: 'bad-answer', message: 'The provider sent an event without an end.', sent }
export const begunTwice: Failure = { reason: 'bad-answer', message: 'The provider began its answer a second time.', sent }

const delta = Buffer.from('{"type":"content_block_delta"')
/** Pings and comments before the first content; a provider that sends nothing else must not fill the memory. */
const mostEarlyBytes = 16 * 1024

export class AnthropicTap implements StreamTap {
  readonly #scanner: SseScanner
  readonly #passed = new PassedEvents()
  readonly #counts = new AnthropicUsage()
  #earlyBytes = 0
  #atEnd = false
  #messageId: string | undefined
  #begun = false
  dataEvents = 0
  pings = 0
  hasContent = false
  contentEvents = 0
  ended: StreamTap['ended'] = 'no'
  failure: Failure | undefined

  constructor() {
    this.#scanner = new SseScanner((event) => this.#hear(event))
  }

  get usage(): Usage | undefined {
    return this.#counts.usage
  }

  take(chunk: Buffer): Buffer | undefined {
    if (this.ended === 'done' || this.failure !== undefined) return undefined
    this.#scanner.take(chunk)
    if (this.#scanner.overgrown) this.failure ??= endless
    return this.#passed.collect()
  }

  end(): Buffer | undefined {
    this.#atEnd = true
    const unfinished = this.#scanner.flush()
    return this.#passed.collect(unfinished)
  }

  #hear(event: SseEvent): void {
    if (this.ended === 'done' || this.failure !== undefined) return
    if (event.errorStart !== -1) {
      this.failure = streamErrorFailure(event.bytes.toString('utf8', event.errorStart, event.errorEnd))
      return
    }
    if (event.dataLines === 0) this.#hearIdle(event)
    else if (event.dataLines > 1) this.#study(event, joined(event))
    else if (event.dataStart !== event.dataEnd) this.#hearLine(event)
  }

  #hearLine(event: SseEvent): void {
    if (this.hasContent && !this.#atEnd && isDelta(event)) {
      this.dataEvents++
      this.contentEvents++
      this.#passed.pass(event)
      return
    }
    this.#study(event, event.bytes.toString('utf8', event.dataStart, event.dataEnd))
  }

  #study(event: SseEvent, text: string): void {
    // No part of the dialect; some proxies add it, and callers would read it as JSON.
    if (text.startsWith('[DONE]')) return
    const json = parseJson(text)
    if (isRecord(json) && json['type'] === 'ping') {
      this.pings++
      return this.#hearIdle(event)
    }
    this.dataEvents++
    if (!isRecord(json)) {
      this.failure = this.#atEnd ? cutInEvent : notJson
      return
    }
    if (this.#isWanted(json, text)) this.#passed.pass(event)
  }

  /** A sign of life that says nothing: it goes on, but not without limit while nothing else comes. */
  #hearIdle(event: SseEvent): void {
    // What is left at the end without a data line is a comment or a field that was cut.
    if (this.#atEnd) return
    if (!this.hasContent) {
      this.#earlyBytes += event.end - event.start
      if (this.#earlyBytes > mostEarlyBytes) return
    }
    this.#passed.pass(event)
  }

  #isWanted(json: Record<string, unknown>, text: string): boolean {
    switch (json['type']) {
      case 'message_start':
        return this.#start(json['message'])
      case 'message_delta':
        this.#counts.hear(json['usage'])
        this.#noteStop(json['delta'])
        return true
      case 'message_stop':
        this.ended = 'done'
        return true
      case 'content_block_start':
        if (carries(json['content_block'])) this.#noteContent()
        return true
      case 'content_block_delta':
        if (carries(json['delta'])) this.#noteContent()
        return true
      default:
        return this.#isHarmless(json, text)
    }
  }

  /** Events that nobody knows yet go on; an error ends the stream, in whichever dialect it is written. */
  #isHarmless(json: Record<string, unknown>, text: string): boolean {
    const { type, error } = json
    if (type !== 'error' && (error === undefined || error === null)) return true
    this.failure = streamErrorFailure(text)
    return false
  }

  /**
   * A proxy that lost its provider may begin again in the middle. The start of the same message a second time is left out; a
   * new message behind content that has gone out already would be put together with it.
   */
  #start(message: unknown): boolean {
    const id = isRecord(message) ? textIn(message['id']) : undefined
    if (this.#begun && this.hasContent && id !== this.#messageId) {
      this.failure = begunTwice
      return false
    }
    if (isRecord(message)) this.#counts.hear(message['usage'])
    if (this.#begun) return false
    this.#begun = true
    this.#messageId = id
    return true
  }

  #noteStop(told: unknown): void {
    if (!isRecord(told) || textIn(told['stop_reason']) === undefined) return
    // It is no end: that is said by `message_stop`, and by nothing else (F39). An answer may be empty on purpose; with a reason to stop it is an answer.
    this.#noteContent()
  }

  #noteContent(): void {
    this.hasContent = true
    this.contentEvents++
  }
}

function isDelta({ bytes, dataStart }: SseEvent): boolean {
  for (let at = 0; at < delta.length; at++) if (bytes[dataStart + at] !== delta[at]) return false
  return true
}

/** Blocks of text and thinking begin empty; every other block is something by itself. */
const emptyAtFirst = new Set(['text', 'thinking'])

/** Whether a block or a delta holds something for the caller. */
function carries(piece: unknown): boolean {
  if (!isRecord(piece)) return false
  const type = textIn(piece['type'])
  if (type === undefined) return false
  const texts = Object.entries(piece).filter(([name]) => name !== 'type')
  return texts.some(([, value]) => isFilled(value)) || (!type.endsWith('_delta') && !emptyAtFirst.has(type))
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  if (Array.isArray(value)) return value.length > 0
  return isRecord(value)
}

/** Several `data:` lines make one text (WHATWG). */
function joined({ bytes, start, end }: SseEvent): string {
  return bytes
    .toString('utf8', start, end)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).replace(/^ /, ''))
    .join('\n')
}
