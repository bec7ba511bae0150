/**
 * Sends a stream's 200 before its first content when that is very long in coming, so that proxies between us and the
 * caller do not take the silence for a dead connection. Falling back stays possible; only a real HTTP error does not.
 */
import type { Clock, Timer } from '@keywheel/keyring'
import type { Dialect } from '../dialects/dialect.ts'
import type { RefusedCall } from '../domain/failure.ts'
import type { EventWriter } from '../http/event-writer.ts'

export class EarlyCommit {
  readonly #events: EventWriter
  readonly #timer: Timer | undefined

  /** @param afterMs silence from the start of the call; 0: never. */
  constructor(events: EventWriter, afterMs: number, clock: Clock) {
    this.#events = events
    if (afterMs > 0) this.#timer = clock.after(afterMs, () => events.open([]))
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** Tells the failure inside the stream if that has begun; the refusal is given back for the record either way. */
  tell(refusal: RefusedCall, dialect: Dialect): RefusedCall {
    if (this.#events.isOpen) this.#events.breakOff(dialect.writeStreamFailure(refusal.failure))
    return refusal
  }

  [Symbol.dispose](): void {
    this.stop()
  }
}
