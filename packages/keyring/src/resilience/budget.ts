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

  hasRoomFor(units: number): boolean {
    return this.#held + units <= Math.max(fewestAllowed, this.#share * this.#flight.inFlight)
  }

  hold(units: number): void {
    this.#held += units
  }

  giveBack(units: number): void {
    this.#held -= units
  }
}
