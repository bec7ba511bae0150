/** A clock that stands still until a test moves it. */
import type { Clock, Millis, Timer } from './clock.ts'

interface Waiting {
  readonly at: Millis
  readonly order: number
  readonly run: () => void
}

export class ManualClock implements Clock {
  #now: Millis
  #wallOffsetMs: Millis
  #order = 0
  readonly #waiting = new Set<Waiting>()

  constructor(wallStart: Millis = Date.UTC(2026, 0, 1), monotonicStart: Millis = 1000) {
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
    const waiting: Waiting = { at: this.#now + Math.max(delayMs, 0), order: this.#order++, run }
    this.#waiting.add(waiting)
    return { cancel: () => void this.#waiting.delete(waiting) }
  }

  /** How many timers wait; a leak shows here. */
  get timers(): number {
    return this.#waiting.size
  }

  /** Milliseconds until the next timer, or undefined when none waits. */
  get untilNext(): Millis | undefined {
    const next = this.#next(Infinity)
    return next === undefined ? undefined : next.at - this.#now
  }

  /** Moves time on and runs what falls due, in order; timers started by those run too if they fall due. */
  advance(ms: Millis): void {
    const end = this.#now + ms
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#waiting.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = end
  }

  /** Moves only the wall clock, as a person or a time server would. */
  jumpWall(ms: Millis): void {
    this.#wallOffsetMs += ms
  }

  #next(end: Millis): Waiting | undefined {
    let first: Waiting | undefined
    for (const waiting of this.#waiting) {
      if (waiting.at > end) continue
      if (first === undefined || waiting.at < first.at || (waiting.at === first.at && waiting.order < first.order)) first = waiting
    }
    return first
  }
}
