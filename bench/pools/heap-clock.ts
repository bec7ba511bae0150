/** Virtual time for millions of timers: the keyring's clock over a binary heap. */
import type { Clock, Millis, Timer } from '@keywheel/keyring'

/** One timer. Cancelled ones stay in the heap until they come up, or until they are the most of it. */
class Alarm implements Timer {
  readonly at: Millis
  readonly order: number
  readonly #owner: HeapClock
  run: (() => void) | undefined

  constructor(owner: HeapClock, at: Millis, order: number, run: () => void) {
    this.#owner = owner
    this.at = at
    this.order = order
    this.run = run
  }

  cancel(): void {
    if (this.run === undefined) return
    this.run = undefined
    this.#owner.cancelled()
  }
}

const fewestToSweep = 1024

/** Stands still until `runNext`; timers for the same moment run in the order in which they were started. */
export class HeapClock implements Clock {
  readonly #wallOffsetMs: Millis
  #now: Millis
  #order = 0
  #heap: Alarm[] = []
  #cancelled = 0

  constructor(wallStart: Millis = Date.UTC(2026, 0, 1, 12), monotonicStart: Millis = 1000) {
    this.#now = monotonicStart
    this.#wallOffsetMs = wallStart - monotonicStart
  }

  now(): Millis {
    return this.#now
  }

  wallNow(): Millis {
    return this.#now + this.#wallOffsetMs
  }

  after(delayMs: Millis, run: () => void): Timer {
    const alarm = new Alarm(this, this.#now + Math.max(delayMs, 0), this.#order++, run)
    this.#heap.push(alarm)
    this.#rise(this.#heap.length - 1)
    return alarm
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#heap.length - this.#cancelled
  }

  /** Moves time on to the next timer and runs it; false when none waits. */
  runNext(): boolean {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      const { run } = next
      if (run === undefined) {
        this.#cancelled -= 1
        continue
      }
      next.run = undefined
      this.#now = next.at
      run()
      return true
    }
    return false
  }

  /**
   * Goes from timer to timer until `isOver`; false when no timer was left before that.
   * `breathes`: promises are waited for between two timers, as far as they need no time.
   */
  async runUntil(isOver: () => boolean, breathes: boolean): Promise<boolean> {
    while (!isOver()) {
      if (!this.runNext()) return false
      if (breathes) await breathe()
    }
    return true
  }

  /** Called by a timer that is not wanted any more. */
  cancelled(): void {
    this.#cancelled += 1
    if (this.#cancelled < fewestToSweep || this.#cancelled * 2 < this.#heap.length) return
    this.#heap = this.#heap.filter(({ run }) => run !== undefined)
    this.#cancelled = 0
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index--) this.#sink(index)
  }

  #pop(): Alarm | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    this.#heap[0] = last
    this.#sink(0)
    return first
  }

  #rise(from: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#isBefore(index, parent)) return
      this.#swap(index, parent)
      index = parent
    }
  }

  #sink(from: number): void {
    let index = from
    for (;;) {
      const left = 2 * index + 1
      const child = this.#isBefore(left + 1, left) ? left + 1 : left
      if (!this.#isBefore(child, index)) return
      this.#swap(child, index)
      index = child
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [first, second] = [this.#heap[one], this.#heap[other]]
    if (first === undefined || second === undefined) return false
    return first.at < second.at || (first.at === second.at && first.order < second.order)
  }

  #swap(one: number, other: number): void {
    const [first, second] = [this.#heap[one], this.#heap[other]]
    if (first === undefined || second === undefined) return
    this.#heap[one] = second
    this.#heap[other] = first
  }
}

/** Lets everything that can go on without time do so. */
function breathe(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
