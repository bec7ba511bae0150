/** Keeps retries a small part of the calls in flight, so that an outage is not multiplied (R2). */

/** Something whose calls in flight are counted. */
export interface Flight {
  inFlight: number
}

const fewestAllowed = 3

/** Concurrent retries: at most a share of the calls in flight, and at least 3 in any case. */
export class RetryBudget {
  readonly #share: number
  readonly #flight: Readonly<Flight>
  #held = 0

  constructor(share: number, flight: Readonly<Flight>) {
    this.#share = share
    this.#flight = flight
  }

  get hasRoom(): boolean {
    return this.#held + 1 <= Math.max(fewestAllowed, this.#share * this.#flight.inFlight)
  }

  hold(): void {
    this.#held += 1
  }

  giveBack(): void {
    this.#held -= 1
  }
}
