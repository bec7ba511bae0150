/** A chat stream of the OpenAI family as canonical events. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { StreamReader } from '../dialect.ts'
import { EventReader } from '../event-reader.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { ChatAnswerReader } from './chat-answer.ts'
import type { ChatReading } from './chat-answer.ts'

export class ChatStreamReader implements StreamReader {
  readonly #events: EventReader
  readonly #answer: ChatAnswerReader
  #isDone = false

  constructor(reading: ChatReading) {
    this.#answer = new ChatAnswerReader(reading)
    this.#events = new EventReader({
      json: (value, name) => this.#hear(value, name),
      done: () => this.#finish(),
    })
  }

  get dataEvents(): number {
    return this.#events.dataEvents
  }

  get ended(): StreamReader['ended'] {
    if (this.#isDone) return 'done'
    return this.#answer.hasFinished ? 'finish' : 'no'
  }

  get failure(): Failure | undefined {
    return this.#answer.failure
  }

  get usage(): Usage | undefined {
    return this.#answer.usage
  }

  take(chunk: Buffer): readonly CanonicalEvent[] {
    if (this.#isDone || this.failure !== undefined) return []
    this.#events.take(chunk)
    return this.#drain()
  }

  /** A reason to stop is not the end: it is told when nothing can follow it any more. */
  end(): readonly CanonicalEvent[] {
    if (this.#isDone || this.failure !== undefined) return []
    this.#events.end()
    if (!this.#isDone && this.#events.failure === undefined && this.#answer.hasFinished) this.#answer.end()
    return this.#drain()
  }

  #hear(value: Record<string, unknown>, name: string): void {
    if (this.#isDone) return
    // Groq names its errors so; others may leave the wrapping out.
    if (name === 'error' && value['error'] === undefined) this.#answer.fail(streamErrorFailure(JSON.stringify(value)))
    else this.#answer.hear(value, 'chunk')
  }

  #finish(): void {
    if (this.#isDone || this.failure !== undefined) return
    this.#answer.end()
    this.#isDone = true
  }

  #drain(): readonly CanonicalEvent[] {
    if (this.#events.failure !== undefined && !this.#isDone) this.#answer.fail(this.#events.failure)
    return this.#answer.drain()
  }
}
