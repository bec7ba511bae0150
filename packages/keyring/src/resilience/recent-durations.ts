/** How slow the slow ones among the last answers were. */
import type { Millis } from '../clock.ts'

const kept = 100
const fewest = 20
/** Sorted anew after so many answers. */
const renewedEvery = 10

export class RecentDurations {
  readonly #durations: Millis[] = []
  #next = 0
  #sorted: readonly Millis[] = []
  #sinceSorted = renewedEvery

  add(duration: Millis): void {
    this.#durations[this.#next] = duration
    this.#next = (this.#next + 1) % kept
    this.#sinceSorted += 1
  }

  /** undefined: too few to tell. */
  at(percentile: number): Millis | undefined {
    if (this.#durations.length < fewest) return undefined
    if (this.#sinceSorted >= renewedEvery) {
      this.#sorted = this.#durations.toSorted((one, other) => one - other)
      this.#sinceSorted = 0
    }
    return this.#sorted[Math.min(Math.floor(percentile * this.#sorted.length), this.#sorted.length - 1)]
  }
}
