/**
 * Sends a stream's 200 before its first content when that is very long in coming, so that proxies between us and the
 * caller do not take the silence for a dead connection. Falling back stays possible; only a real HTTP error does not.
 */
import type { Clock, Timer } from '@keywheel/keyring'
import type { EventWriter } from '../http/event-writer.ts'

export class EarlyCommit {
  readonly #timer: Timer | undefined

  /** @param afterMs silence from the start of the call; 0: never. */
  constructor(events: EventWriter, afterMs: number, clock: Clock) {
    if (afterMs > 0) this.#timer = clock.after(afterMs, () => events.open([]))
  }

  stop(): void {
    this.#timer?.cancel()
  }

  [Symbol.dispose](): void {
    this.stop()
  }
}
