/** A provider's stream in one dialect, a caller's in another: reads events, writes them, and tells how far it has come. */
import type { Failure } from '../domain/failure.ts'
import type { Usage } from '../domain/usage.ts'
import type { CanonicalEvent } from './canonical/events.ts'
import type { StreamReader, StreamTap, StreamWriter } from './dialect.ts'
import { StopWatch } from './stop-watch.ts'
import { tooDeep } from './too-deep.ts'

export interface TranslatingTapOptions {
  readonly reader: StreamReader
  readonly writer: StreamWriter
  /** Texts to stop at that the provider does not watch for. */
  readonly stops: readonly string[]
  /** Told of each event that goes to the caller. */
  readonly hear?: ((event: CanonicalEvent) => void) | undefined
}

export class TranslatingTap implements StreamTap {
  readonly #reader: StreamReader
  readonly #writer: StreamWriter
  readonly #hear: ((event: CanonicalEvent) => void) | undefined
  readonly #watch: StopWatch | undefined
  #met: string | undefined
  #broken: Failure | undefined
  hasContent = false
  contentEvents = 0

  constructor({ reader, writer, stops, hear }: TranslatingTapOptions) {
    this.#reader = reader
    this.#writer = writer
    this.#hear = hear
    this.#watch = stops.length === 0 ? undefined : new StopWatch(stops)
  }

  get dataEvents(): number {
    return this.#reader.dataEvents
  }

  get pings(): number {
    return this.#reader.pings ?? 0
  }

  get ended(): StreamTap['ended'] {
    return this.#met === undefined ? this.#reader.ended : 'done'
  }

  get isCut(): boolean {
    return this.#met !== undefined
  }

  get failure(): Failure | undefined {
    return this.#met === undefined ? (this.#broken ?? this.#reader.failure) : undefined
  }

  get usage(): Usage | undefined {
    return this.#reader.usage
  }

  get whole(): StreamTap['whole'] {
    return this.#writer.whole
  }

  take(chunk: Buffer): Buffer | undefined {
    return this.#met === undefined ? this.#write(this.#reader.take(chunk)) : undefined
  }

  end(): Buffer | undefined {
    return this.#met === undefined ? this.#write(this.#reader.end()) : undefined
  }

  breakOff(failure: Failure): Buffer {
    return Buffer.from(this.#writer.breakOff?.(failure) ?? '')
  }

  #write(events: readonly CanonicalEvent[]): Buffer | undefined {
    try {
      return this.#written(events)
    } catch (error) {
      this.#broken = tooDeep(error)
      return undefined
    }
  }

  #written(events: readonly CanonicalEvent[]): Buffer | undefined {
    let text = ''
    for (const event of events) {
      if (event.is === 'failure') break
      text += this.#watch === undefined ? this.#give(event) : this.#watched(event, this.#watch)
      if (this.#met !== undefined) break
    }
    return text === '' ? undefined : Buffer.from(text)
  }

  #give(event: CanonicalEvent): string {
    this.#note(event)
    this.#hear?.(event)
    return this.#writer.write(event)
  }

  #watched(event: CanonicalEvent, watch: StopWatch): string {
    if (event.is === 'text-end') {
      const rest = watch.rest()
      return (rest === '' ? '' : this.#give({ is: 'text-delta', index: event.index, text: rest })) + this.#give(event)
    }
    if (event.is !== 'text-delta') return this.#give(event)
    const { index } = event
    const { text, met } = watch.take(event.text)
    const written = text === '' ? '' : this.#give({ is: 'text-delta', index, text })
    if (met === undefined) return written
    this.#met = met
    return written + this.#give({ is: 'text-end', index }) + this.#give({ is: 'finish', finish: 'stop-sequence', stopSequence: met })
  }

  #note({ is }: CanonicalEvent): void {
    if (is.endsWith('-delta')) this.contentEvents++
    if (is !== 'answer-start' && is !== 'usage') this.hasContent = true
  }
}
