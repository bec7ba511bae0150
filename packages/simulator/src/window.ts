/** A limit over a sliding stretch of time, exact to the event. */

interface Spent {
  readonly at: number
  readonly amount: number
}

export class SlidingWindow {
  readonly limit: number
  readonly #lengthMs: number
  #spent: Spent[] = []
  #from = 0
  #used = 0

  /** `lengthMs` in milliseconds of whatever clock the calls name. */
  constructor(limit: number, lengthMs: number) {
    this.limit = limit
    this.#lengthMs = lengthMs
  }

  /** What can still be spent at that moment. */
  remaining(now: number): number {
    this.#forget(now)
    return Math.max(0, this.limit - this.#used)
  }

  /** Milliseconds until `amount` fits, 0 if it fits now. An amount above the limit waits for an empty window. */
  untilFits(amount: number, now: number): number {
    this.#forget(now)
    let over = this.#used + amount - this.limit
    if (over <= 0) return 0
    for (let index = this.#from; index < this.#spent.length; index++) {
      const spent = this.#spent[index]
      if (spent === undefined) break
      over -= spent.amount
      if (over <= 0) return spent.at + this.#lengthMs - now
    }
    return this.#lengthMs
  }

  /** Milliseconds until the window is empty. */
  untilEmpty(now: number): number {
    this.#forget(now)
    const last = this.#spent.at(-1)
    return last === undefined || this.#from === this.#spent.length ? 0 : last.at + this.#lengthMs - now
  }

  spend(amount: number, now: number): void {
    this.#spent.push({ at: now, amount })
    this.#used += amount
  }

  #forget(now: number): void {
    for (let oldest = this.#spent[this.#from]; oldest !== undefined; oldest = this.#spent[this.#from]) {
      if (oldest.at + this.#lengthMs > now) break
      this.#used -= oldest.amount
      this.#from++
    }
    // Dropping the dead half now and then keeps this linear over a long run.
    if (this.#from < 1024 || this.#from * 2 < this.#spent.length) return
    this.#spent = this.#spent.slice(this.#from)
    this.#from = 0
  }
}
