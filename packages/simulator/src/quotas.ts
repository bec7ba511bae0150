/** The hidden quotas of one key: what it may do in a minute, in a day and at once. */
import type { KeyScript } from './key-script.ts'
import { formatDuration } from './rate-limits.ts'
import { SlidingWindow } from './window.ts'

/** Why a call was not admitted. */
export interface Refused {
  readonly what: 'requests' | 'tokens'
  /** Milliseconds until it would have been. */
  readonly afterMs: number
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** Nobody knows when a running call will end; providers name a short wait. */
const busyRetryMs = 1000

export class KeyQuota {
  readonly #perMinute: SlidingWindow
  readonly #perDay: SlidingWindow
  readonly #tokens: SlidingWindow
  readonly #concurrency: number
  readonly #announce: boolean
  #running = 0

  constructor(script: KeyScript) {
    this.#perMinute = new SlidingWindow(script.requestsPerMinute ?? Infinity, minuteMs)
    this.#perDay = new SlidingWindow(script.requestsPerDay ?? Infinity, dayMs)
    this.#tokens = new SlidingWindow(script.tokensPerMinute ?? Infinity, minuteMs)
    this.#concurrency = script.concurrency ?? Infinity
    this.#announce = script.announceLimits ?? false
  }

  /** Counts the call in, or says why not; a refused call costs nothing. */
  admit(tokens: number, now: number): Refused | undefined {
    const requestsMs = Math.max(this.#perMinute.untilFits(1, now), this.#perDay.untilFits(1, now))
    if (requestsMs > 0) return { what: 'requests', afterMs: requestsMs }
    const tokensMs = this.#tokens.untilFits(tokens, now)
    if (tokensMs > 0) return { what: 'tokens', afterMs: tokensMs }
    if (this.#running >= this.#concurrency) return { what: 'requests', afterMs: busyRetryMs }
    this.#running++
    if (this.#perMinute.limit < Infinity) this.#perMinute.spend(1, now)
    if (this.#perDay.limit < Infinity) this.#perDay.spend(1, now)
    this.spendTokens(tokens, now)
    return undefined
  }

  /** What the answer cost, known when it is sent. */
  spendTokens(tokens: number, now: number): void {
    if (this.#tokens.limit < Infinity) this.#tokens.spend(tokens, now)
  }

  /** An admitted call has ended. */
  release(): void {
    this.#running--
  }

  /** The `x-ratelimit-*` headers, where the key announces its limits. */
  headers(now: number): readonly (readonly [string, string])[] {
    if (!this.#announce) return []
    return [...announce('requests', this.#perMinute, now), ...announce('tokens', this.#tokens, now)]
  }
}

function announce(what: string, window: SlidingWindow, now: number): readonly (readonly [string, string])[] {
  if (window.limit === Infinity) return []
  return [
    [`x-ratelimit-limit-${what}`, String(window.limit)],
    [`x-ratelimit-remaining-${what}`, String(window.remaining(now))],
    [`x-ratelimit-reset-${what}`, formatDuration(window.untilEmpty(now))],
  ]
}
