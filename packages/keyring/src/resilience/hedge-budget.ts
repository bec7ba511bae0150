/** Keeps second attempts beside slow first ones to a small part of all calls (R22). */

/** Never more than this many at once after a quiet time. */
const mostCredit = 5

export class HedgeBudget {
  #credit = 0

  /** A call began that may be hedged; it earns a part of one. */
  called(share: number): void {
    this.#credit = Math.min(this.#credit + share, mostCredit)
  }

  /** Spends one, if there is one. */
  spend(): boolean {
    if (this.#credit < 1) return false
    this.#credit -= 1
    return true
  }
}
