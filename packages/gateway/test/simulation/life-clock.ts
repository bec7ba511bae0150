/** The clock of one start of the gateway: when it is killed, its timers die with it. */
import type { Clock, ManualClock, Timer } from '@keywheel/keyring'

/** Far more than all calls of a simulation can need at one moment. */
const mostAtOnce = 20_000

export class LifeClock implements Clock {
  readonly #clock: ManualClock
  readonly #waiting = new Set<Timer>()
  #isAlive = true
  /** Timers that were started while time stood still at `#lastAt`. */
  #started = 0
  #lastAt = 0

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Timers of the gateway that wait. */
  get timers(): number {
    return this.#waiting.size
  }

  now(): number {
    return this.#clock.now()
  }

  wallNow(): number {
    return this.#clock.wallNow()
  }

  after(delayMs: number, run: () => void): Timer {
    if (!this.#isAlive) return { cancel: () => undefined }
    this.#watchTime()
    const timer = this.#clock.after(delayMs, () => {
      this.#waiting.delete(timer)
      run()
    })
    this.#waiting.add(timer)
    return {
      cancel: () => {
        this.#waiting.delete(timer)
        timer.cancel()
      },
    }
  }

  /** A timer that starts itself again and again without a delay would never let time pass. */
  #watchTime(): void {
    const now = this.now()
    this.#started = now === this.#lastAt ? this.#started + 1 : 0
    this.#lastAt = now
    if (this.#started > mostAtOnce) throw new Error(`time stands still at ${now} ms: timers without a delay`)
  }

  kill(): void {
    this.#isAlive = false
    for (const timer of this.#waiting) timer.cancel()
    this.#waiting.clear()
  }
}
