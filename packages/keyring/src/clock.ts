/** Time and chance, handed in from outside so that tests and simulations can own them. */

/** A number of milliseconds: a point on a clock or a length, as the name beside it says. */
export type Millis = number

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Monotonic milliseconds. Only differences mean something; a jump of the wall clock does not move it. */
  now(): Millis
  /** Milliseconds since the Unix epoch, for dates that others told us or that people read. */
  wallNow(): Millis
  /** Runs `run` once after `delayMs`. Whoever starts a timer cancels it. */
  after(delayMs: Millis, run: () => void): Timer
}

/** A number in [0, 1), such as `Math.random` gives. */
export type Chance = () => number

/** The longest delay Node's timers take; a longer one would fire at once. */
const longestDelayMs = 2_147_483_647

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), longestDelayMs))
    return { cancel: () => clearTimeout(timer) }
  },
}

export const systemChance: Chance = Math.random
