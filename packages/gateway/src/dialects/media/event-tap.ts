/**
 * Listens to a stream of typed events (images, speech, transcripts) and lets its bytes through. An event can hold an image of many
 * megabytes, so that only its small fields are parsed.
 */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { StreamTap } from '../dialect.ts'
import type { Member } from '../json-scan.ts'
import { usageFromOpenAi } from '../openai/usage.ts'
import { SseScanner } from '../sse-scan.ts'
import type { SseEvent } from '../sse-scan.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { escapeSeparators } from '../wire.ts'
import { membersOf, valueOf } from './answer.ts'

/** An event longer than this is refused: as much as a whole answer may have. */
const longestEventBytes = 64 * 1024 * 1024
/** Longer events hold images or sound, which have no separators. */
const longestTextBytes = 64 * 1024
const mostEarlyCommentBytes = 16 * 1024

/** `image_generation.completed`, `speech.audio.done`, `transcript.text.done`: the last event of an answer, or of one of its parts. */
const lastType = /(?:^|\.)(?:completed|done)$/

const notJson: Failure = { reason: 'bad-answer', message: 'The provider sent a stream event that is not JSON.', sent: 'yes' }
const cutInEvent: Failure = { reason: 'truncated', message: 'The provider cut the stream in the middle of an event.', sent: 'yes' }
const endless: Failure = { reason: 'bad-answer', message: 'The provider sent an event without an end.', sent: 'yes' }
const lineFeed = 0x0a
const blankLine = Buffer.from('\n\n')

export class MediaEventTap implements StreamTap {
  readonly #scanner = new SseScanner((event) => this.#hear(event))
  #parts: Buffer[] = []
  #earlyCommentBytes = 0
  #atEnd = false
  dataEvents = 0
  hasContent = false
  ended: StreamTap['ended'] = 'no'
  failure: Failure | undefined
  usage: Usage | undefined
  /** Sound and images say nothing about tokens. */
  readonly contentEvents = 0

  take(chunk: Buffer): Buffer | undefined {
    if (this.ended === 'done' || this.failure !== undefined) return undefined
    this.#scanner.take(chunk)
    if (this.#scanner.heldBytes > longestEventBytes) this.failure ??= endless
    return this.#collect()
  }

  end(): Buffer | undefined {
    this.#atEnd = true
    const unfinished = this.#scanner.flush()
    // The last typed event is the end of these streams; `[DONE]` comes from some servers only.
    if (this.ended === 'finish') this.ended = 'done'
    const last = this.#collect()
    return last === undefined || !unfinished ? last : Buffer.concat([last, last.at(-1) === lineFeed ? blankLine.subarray(1) : blankLine])
  }

  #hear(event: SseEvent): void {
    if (this.ended === 'done' || this.failure !== undefined) return
    const { bytes, dataLines, dataStart, dataEnd, errorStart, errorEnd } = event
    if (errorStart !== -1) this.failure = streamErrorFailure(bytes.toString('utf8', errorStart, errorEnd))
    else if (dataLines === 0) this.#hearComment(event)
    else if (dataLines > 1) this.#hearData(event, joinedData(event))
    // An empty event is some proxy's sign of life; callers would read it as JSON and fail.
    else if (dataStart !== dataEnd) this.#hearData(event, bytes.subarray(dataStart, dataEnd))
  }

  /** Comments go on too, but a provider that sends nothing else must not fill the memory before the first content. */
  #hearComment(event: SseEvent): void {
    if (this.#atEnd) return
    const length = event.end - event.start
    if (!this.hasContent) {
      if (this.#earlyCommentBytes + length > mostEarlyCommentBytes) return
      this.#earlyCommentBytes += length
    }
    this.#pass(event)
  }

  #hearData(event: SseEvent, data: Buffer): void {
    if (data.length < 10 && data.toString('latin1').trim() === '[DONE]') {
      this.ended = 'done'
      this.#pass(event)
      return
    }
    this.dataEvents++
    const members = membersOf(data)
    if (members === undefined) this.failure = this.#atEnd ? cutInEvent : notJson
    else this.#study(event, data, members)
  }

  #study(event: SseEvent, data: Buffer, members: readonly Member[]): void {
    // Usage rides anywhere, also on an error: a failed stream still costs. The last word counts.
    this.usage = usageFromOpenAi(valueOf(data, members, 'usage')) ?? this.usage
    const error = valueOf(data, members, 'error')
    const type = valueOf(data, members, 'type')
    if ((error !== undefined && error !== null) || type === 'error') {
      this.failure = streamErrorFailure(data.toString())
      return
    }
    this.hasContent = true
    if (typeof type === 'string' && lastType.test(type)) this.ended = 'finish'
    this.#pass(event)
  }

  #pass({ bytes, start, end }: SseEvent): void {
    const whole = bytes.subarray(start, end)
    if (whole.length > longestTextBytes) {
      this.#parts.push(whole)
      return
    }
    const text = whole.toString()
    const safe = escapeSeparators(text)
    this.#parts.push(safe === text ? whole : Buffer.from(safe))
  }

  #collect(): Buffer | undefined {
    const [first] = this.#parts
    if (first === undefined) return undefined
    const out = this.#parts.length === 1 ? first : Buffer.concat(this.#parts)
    this.#parts = []
    return out
  }
}

/** Several `data:` lines make one JSON text (WHATWG). */
function joinedData({ bytes, start, end }: SseEvent): Buffer {
  const lines = bytes.toString('utf8', start, end).split(/\r\n|\n|\r/)
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''))
  return Buffer.from(data.join('\n'))
}
