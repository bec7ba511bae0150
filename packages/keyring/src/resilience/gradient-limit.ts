/**
 * How many calls may wait for their first byte at once, from how long they wait: when it takes longer than usual, fewer; when
 * not, more. Netflix's Gradient2, on the time to the first byte alone, since the rest of an answer's time is its length.
 */
import type { Millis } from '../clock.ts'

const fewest = 4
const most = 500
const initial = 20
const smoothing = 0.2
/** Grown by this with each answer that came in time. */
const headroom = 4
/** Answers may take this much longer than usual before it means anything: prompts differ in length. */
const tolerance = 2
const longWindow = 600
const shortWindow = 10
/** Answers before anything is concluded. */
const warmUp = 10
const dropTo = 0.9

export class GradientLimit {
  #limit = initial
  #longMs = 0
  #shortMs = 0
  #samples = 0

  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** An answer began after `firstByteMs`, while so many calls waited. */
  sample(firstByteMs: Millis, waiting: number): void {
    this.#samples += 1
    this.#longMs = average(this.#longMs, firstByteMs, Math.min(longWindow, this.#samples))
    this.#shortMs = average(this.#shortMs, firstByteMs, Math.min(shortWindow, this.#samples))
    // What was slow for long is not usual any more once it has become fast.
    if (this.#longMs > 2 * this.#shortMs) this.#longMs *= 0.9
    if (waiting < this.#limit / 2) return
    const gradient = this.#samples < warmUp ? 1 : Math.min(Math.max((tolerance * this.#longMs) / Math.max(this.#shortMs, 1), 0.5), 1)
    this.#move(this.#limit * gradient + headroom)
  }

  /** The provider said that it is overloaded, or did not answer in time. */
  dropped(): void {
    this.#limit = Math.max(fewest, this.#limit * dropTo)
  }

  #move(to: number): void {
    this.#limit = Math.min(Math.max(this.#limit * (1 - smoothing) + to * smoothing, fewest), most)
  }
}

function average(before: number, sample: number, window: number): number {
  return before + (sample - before) / window
}
