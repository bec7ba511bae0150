/** What one pursuit holds of the retry budgets: of its pool's and of the one over all pools. */
import type { RetryBudget } from './budget.ts'

/** Whose budgets a retry needs. */
export interface RetryHome {
  readonly retries: RetryBudget
  readonly around: { readonly retries: RetryBudget }
}

export class RetryHold {
  #home: RetryHome | undefined
  #weight = 0

  /** False if a budget has no room; what was held before is given back in any case. */
  hold(home: RetryHome, weight: number): boolean {
    this.giveBack()
    if (!home.retries.hasRoom(weight) || !home.around.retries.hasRoom(weight)) return false
    home.retries.hold(weight)
    home.around.retries.hold(weight)
    this.#home = home
    this.#weight = weight
    return true
  }

  giveBack(): void {
    if (this.#home === undefined) return
    this.#home.retries.giveBack(this.#weight)
    this.#home.around.retries.giveBack(this.#weight)
    this.#home = undefined
  }
}
