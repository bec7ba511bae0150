/** Time and chance, handed in from outside so that a test can own both. The only file that asks the machine for them. */

/** What the simulator reads time from; any object of this shape will do. */
export interface SimulatorClock {
  /** Monotonic milliseconds; only differences mean something. */
  now(): number
  /** Milliseconds since the Unix epoch. */
  wallNow(): number
  /** Runs `run` once after `delayMs` milliseconds unless cancelled first. */
  after(delayMs: number, run: () => void): { cancel(): void }
}

/** A number in [0, 1). */
export type Chance = () => number

export const systemClock: SimulatorClock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}

export const systemChance: Chance = Math.random

/** Lets the event loop turn once, so that what was written leaves before what is written next. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
