/** What one pursuit holds of the retry budgets: of its pool's and of the one over all pools. */
import type { RetryBudget } from './budget.ts'

/** Whose budgets a retry needs. */
export interface RetryHome {
  readonly retries: RetryBudget
  readonly around: { readonly retries: RetryBudget }
}

export class RetryHold {
  #home: RetryHome | undefined

  /** False if a budget has no room; what was held before is given back in any case. */
  hold(home: RetryHome): boolean {
    this.giveBack()
    if (!home.retries.hasRoom || !home.around.retries.hasRoom) return false
    home.retries.hold()
    home.around.retries.hold()
    this.#home = home
    return true
  }

  giveBack(): void {
    if (this.#home === undefined) return
    this.#home.retries.giveBack()
    this.#home.around.retries.giveBack()
    this.#home = undefined
  }
}
