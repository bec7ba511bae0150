/** Keeps retries a small part of the calls, so that an outage is not multiplied (R2, F57). */
import type { Clock, Millis } from '../clock.ts'

/** Something whose calls in flight are counted. */
export interface Flight {
  inFlight: number
}

const fewestAtOnce = 3
/** Retries that can be saved up, so that a short trouble is ridden out in full. */
const mostSaved = 10
/** Even where few calls are made, one retry comes back after so long. */
const oneBackAfterMs: Millis = 2000

/**
 * At most a share of the calls in flight at once, and 3 in any case; and no more than that share of all calls over time,
 * because a failed retry may be over much sooner than the answers that are in flight.
 */
export class RetryBudget {
  readonly #share: number
  readonly #flight: Readonly<Flight>
  readonly #clock: Clock
  #held = 0
  #saved = mostSaved
  #savedAt: Millis = 0

  constructor(share: number, flight: Readonly<Flight>, clock: Clock) {
    this.#share = share
    this.#flight = flight
    this.#clock = clock
  }

  /** A call made its first attempt here. */
  called(): void {
    this.#saved = Math.min(this.#saved + this.#share, mostSaved)
  }

  /** A retry of what may have cost something already weighs more than one. */
  hasRoom(weight: number): boolean {
    const now = this.#clock.now()
    this.#saved = Math.min(this.#saved + (now - this.#savedAt) / oneBackAfterMs, mostSaved)
    this.#savedAt = now
    return this.#saved >= weight && this.#held + weight <= Math.max(fewestAtOnce, this.#share * this.#flight.inFlight)
  }

  hold(weight: number): void {
    this.#held += weight
    this.#saved -= weight
  }

  giveBack(weight: number): void {
    this.#held -= weight
  }
}
