/** What one pursuit holds of the retry budgets: of its pool's and of the one over all pools. */
import type { RetryBudget } from './budget.ts'

/** Whose budgets a retry needs. */
export interface RetryHome {
  readonly retries: RetryBudget
  readonly around: { readonly retries: RetryBudget }
}

export class RetryHold {
  #home: RetryHome | undefined
  #units = 0

  /** False if a budget has no room; what was held before is given back in any case. */
  hold(home: RetryHome, units: number): boolean {
    this.giveBack()
    if (!home.retries.hasRoomFor(units) || !home.around.retries.hasRoomFor(units)) return false
    home.retries.hold(units)
    home.around.retries.hold(units)
    this.#home = home
    this.#units = units
    return true
  }

  giveBack(): void {
    if (this.#home === undefined) return
    this.#home.retries.giveBack(this.#units)
    this.#home.around.retries.giveBack(this.#units)
    this.#home = undefined
  }
}
