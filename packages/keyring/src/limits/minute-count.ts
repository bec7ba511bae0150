/**
 * Requests and tokens of the last minute, in parts of a second: two typed arrays, and nothing is allocated per call.
 * A part leaves only when all of it is older than a minute, because a provider counts a call a little after we send it.
 */
import type { Millis } from '../clock.ts'

const partMs = 1000
const parts = 61

export class MinuteCount {
  readonly #requests = new Uint32Array(parts)
  readonly #tokens = new Float64Array(parts)
  #part = 0
  #sumOfRequests = 0
  #sumOfTokens = 0

  requests(now: Millis): number {
    this.#turn(now)
    return this.#sumOfRequests
  }

  tokens(now: Millis): number {
    this.#turn(now)
    return this.#sumOfTokens
  }

  /** Counts at `at`, which may lie in the past; what lies too far back is not counted any more. Negative amounts take back. */
  add(at: Millis, requests: number, tokens: number): void {
    const part = Math.floor(at / partMs)
    this.#turn(at)
    if (part <= this.#part - parts) return
    const index = part % parts
    this.#requests[index] = (this.#requests[index] ?? 0) + requests
    this.#tokens[index] = (this.#tokens[index] ?? 0) + tokens
    this.#sumOfRequests += requests
    this.#sumOfTokens += tokens
  }

  /** When so many requests and so many tokens have left the count, `clock.now()` based. */
  freeAt(now: Millis, requests: number, tokens: number): Millis {
    this.#turn(now)
    const latest = Math.max(lastToGo(this.#requests, requests, this.#part), lastToGo(this.#tokens, tokens, this.#part))
    return latest === nothingToGo ? now : (latest + parts) * partMs
  }

  #turn(now: Millis): void {
    const part = Math.floor(now / partMs)
    if (part <= this.#part) return
    const gone = Math.min(part - this.#part, parts)
    for (let step = 1; step <= gone; step++) {
      const index = (this.#part + step) % parts
      this.#sumOfRequests -= this.#requests[index] ?? 0
      this.#sumOfTokens -= this.#tokens[index] ?? 0
      this.#requests[index] = 0
      this.#tokens[index] = 0
    }
    this.#part = part
  }
}

const nothingToGo = -1

/** The part with which the amount has left; the newest one if the amount is more than there is. */
function lastToGo(counts: Uint32Array | Float64Array, amount: number, newest: number): number {
  if (amount <= 0) return nothingToGo
  let left = amount
  for (let part = Math.max(newest - parts + 1, 0); part <= newest; part++) {
    left -= counts[part % parts] ?? 0
    if (left <= 0) return part
  }
  return newest
}
