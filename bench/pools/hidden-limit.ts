/** How providers count a limit: exactly over a sliding window, by fixed windows, or as a bucket that is refilled steadily. */
import type { LimitReading, Millis } from '@keywheel/keyring'

/** One limit of one key, of requests or of tokens. */
export interface HiddenLimit {
  readonly limit: number
  readonly windowMs: Millis
  /** What could be used at this moment. */
  room(now: Millis): number
  use(now: Millis, amount: number): void
  /** Milliseconds until `amount` fits, if nobody else uses any; 0 when it fits now. */
  readyIn(now: Millis, amount: number): Millis
  /** Milliseconds until the limit is full again. */
  fullIn(now: Millis): Millis
  readonly refills: LimitReading['refills']
}

export type LimitKind = 'sliding' | 'fixed' | 'bucket'

/** `phase` (0 to 1) is where in its fixed window a key begins. */
export function hiddenLimit(kind: LimitKind, limit: number, windowMs: Millis, phase: number): HiddenLimit {
  if (kind === 'sliding') return new SlidingLimit(limit, windowMs)
  return kind === 'fixed' ? new FixedLimit(limit, windowMs, phase * windowMs) : new BucketLimit(limit, windowMs)
}

interface Use {
  readonly at: Millis
  readonly amount: number
}

class SlidingLimit implements HiddenLimit {
  readonly refills = 'steadily'
  readonly limit: number
  readonly windowMs: Millis
  #used = 0
  #uses: Use[] = []
  #oldest = 0

  constructor(limit: number, windowMs: Millis) {
    this.limit = limit
    this.windowMs = windowMs
  }

  room(now: Millis): number {
    for (let use = this.#uses[this.#oldest]; use !== undefined && use.at + this.windowMs <= now; use = this.#uses[this.#oldest]) {
      this.#used -= use.amount
      this.#oldest += 1
    }
    if (this.#oldest > 1000) {
      this.#uses = this.#uses.slice(this.#oldest)
      this.#oldest = 0
    }
    return this.limit - this.#used
  }

  use(now: Millis, amount: number): void {
    this.#uses.push({ at: now, amount })
    this.#used += amount
  }

  readyIn(now: Millis, amount: number): Millis {
    let room = this.room(now)
    for (let index = this.#oldest; room < amount; index++) {
      const use = this.#uses[index]
      if (use === undefined) return Infinity
      room += use.amount
      if (room >= amount) return use.at + this.windowMs - now
    }
    return 0
  }

  fullIn(now: Millis): Millis {
    this.room(now)
    const last = this.#uses.at(-1)
    return last === undefined ? 0 : Math.max(last.at + this.windowMs - now, 0)
  }
}

class FixedLimit implements HiddenLimit {
  readonly refills = 'at-reset'
  readonly limit: number
  readonly windowMs: Millis
  readonly #offsetMs: Millis
  #window = -1
  #used = 0

  constructor(limit: number, windowMs: Millis, offsetMs: Millis) {
    this.limit = limit
    this.windowMs = windowMs
    this.#offsetMs = offsetMs
  }

  room(now: Millis): number {
    const window = Math.floor((now + this.#offsetMs) / this.windowMs)
    if (window !== this.#window) {
      this.#window = window
      this.#used = 0
    }
    return this.limit - this.#used
  }

  use(_now: Millis, amount: number): void {
    this.#used += amount
  }

  readyIn(now: Millis, amount: number): Millis {
    if (amount > this.limit) return Infinity
    return this.room(now) >= amount ? 0 : this.fullIn(now)
  }

  fullIn(now: Millis): Millis {
    return this.windowMs - ((now + this.#offsetMs) % this.windowMs)
  }
}

/** Rounding must not make a bucket wait for a millionth of a token. */
const crumb = 1e-6

class BucketLimit implements HiddenLimit {
  readonly refills = 'steadily'
  readonly limit: number
  readonly windowMs: Millis
  #level: number
  #at: Millis = 0

  constructor(limit: number, windowMs: Millis) {
    this.limit = limit
    this.windowMs = windowMs
    this.#level = limit
  }

  room(now: Millis): number {
    this.#level = Math.min(this.limit, this.#level + ((now - this.#at) * this.limit) / this.windowMs)
    this.#at = now
    return this.#level + crumb
  }

  use(_now: Millis, amount: number): void {
    this.#level -= amount
  }

  readyIn(now: Millis, amount: number): Millis {
    if (amount > this.limit) return Infinity
    const missing = amount - this.room(now)
    return missing <= 0 ? 0 : (missing * this.windowMs) / this.limit
  }

  fullIn(now: Millis): Millis {
    return ((this.limit + crumb - this.room(now)) * this.windowMs) / this.limit
  }
}
