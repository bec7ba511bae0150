/** Server-sent events with JSON in them, one object at a time: what readers of translated streams are built on. */
import type { Failure } from '../domain/failure.ts'
import { streamErrorFailure } from './stream-error.ts'
import { SseScanner } from './sse-scan.ts'
import type { SseEvent } from './sse-scan.ts'
import { isRecord, parseJson } from './wire.ts'

export interface JsonListener {
  /** @param name of the `event:` line; empty where there is none. */
  json(value: Record<string, unknown>, name: string): void
  /** `[DONE]` was seen. */
  done(): void
}

const sent = 'yes'

export class EventReader {
  readonly #listener: JsonListener
  readonly #scanner: SseScanner
  #atEnd = false
  dataEvents = 0
  failure: Failure | undefined

  constructor(listener: JsonListener) {
    this.#listener = listener
    this.#scanner = new SseScanner((event) => this.#hear(event))
  }

  take(chunk: Buffer): void {
    if (this.failure !== undefined) return
    this.#scanner.take(chunk)
    if (this.#scanner.overgrown) this.failure ??= { reason: 'bad-answer', message: 'The provider sent an event without an end.', sent }
  }

  end(): void {
    this.#atEnd = true
    if (this.failure === undefined) this.#scanner.flush()
  }

  #hear(event: SseEvent): void {
    if (this.failure !== undefined) return
    if (event.errorStart !== -1) {
      this.failure = streamErrorFailure(event.bytes.toString('utf8', event.errorStart, event.errorEnd))
      return
    }
    if (event.dataLines === 0 || event.dataStart === event.dataEnd) return
    const text = event.dataLines === 1 ? event.bytes.toString('utf8', event.dataStart, event.dataEnd) : joined(event)
    if (text.startsWith('[DONE]')) return this.#listener.done()
    this.dataEvents++
    const json = parseJson(text)
    if (isRecord(json)) this.#listener.json(json, nameOf(event))
    else this.failure = this.#notJson()
  }

  #notJson(): Failure {
    if (this.#atEnd) return { reason: 'truncated', message: 'The provider cut the stream in the middle of an event.', sent }
    return { reason: 'bad-answer', message: 'The provider sent a stream event that is not JSON.', sent }
  }
}

/** Several `data:` lines make one text (WHATWG). */
function joined(event: SseEvent): string {
  return linesOf(event)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).replace(/^ /, ''))
    .join('\n')
}

const eventLine = Buffer.from('event:')

/** Most events have no name, and one look says so. */
function nameOf(event: SseEvent): string {
  if (event.bytes.subarray(event.start, event.end).indexOf(eventLine) === -1) return ''
  const line = linesOf(event).find((each) => each.startsWith('event:'))
  return line === undefined ? '' : line.slice('event:'.length).trim()
}

function linesOf({ bytes, start, end }: SseEvent): readonly string[] {
  return bytes.toString('utf8', start, end).split(/\r\n|\n|\r/)
}
