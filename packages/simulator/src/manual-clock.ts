/** A clock that stands still until a test moves it. */
import { nextTurn } from './clock.ts'
import type { SimulatorClock } from './clock.ts'

interface Waiting {
  readonly at: number
  readonly run: () => void
}

export class ManualClock implements SimulatorClock {
  #now = 0
  readonly #wallStart: number
  #waiting: readonly Waiting[] = []

  /** `wallStart` in milliseconds since the Unix epoch. */
  constructor(wallStart: number = Date.UTC(2026, 0, 1)) {
    this.#wallStart = wallStart
  }

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return this.#wallStart + this.#now
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const waiting: Waiting = { at: this.#now + delayMs, run }
    this.#waiting = [...this.#waiting, waiting].toSorted((left, right) => left.at - right.at)
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting)
      },
    }
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#waiting.length
  }

  /** Milliseconds until the next timer, once there is one: what runs in between has come to its next wait. */
  async untilNext(): Promise<number> {
    for (let next = this.#waiting[0]; ; next = this.#waiting[0]) {
      if (next !== undefined) return next.at - this.#now
      await nextTurn()
    }
  }

  /** Moves time on and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#waiting[0]; next !== undefined && next.at <= end; next = this.#waiting[0]) {
      this.#waiting = this.#waiting.slice(1)
      this.#now = next.at
      next.run()
    }
    this.#now = end
  }
}
