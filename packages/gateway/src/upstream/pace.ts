/** Judges whether a stream brings its content fast enough. Adds up per chunk and is looked at once a span: no object, no timer of its own. */

/** Slower than so many tokens a second over this span is too slow. */
export interface SlowLimit {
  readonly tokensPerSecond: number
  readonly forMs: number
}

const bytesPerToken = 4

export class Pace {
  readonly #limit: SlowLimit
  #spanMs: number
  #since: number | undefined
  #tokens = 0
  /** The smallest event so far is nearly all frame; what others have beyond it is text. */
  #leastBytes = Infinity

  /** @param patienceMs how long the first content may take. */
  constructor(limit: SlowLimit, patienceMs: number) {
    this.#limit = limit
    this.#spanMs = Math.max(limit.forMs, patienceMs)
  }

  get hasBegun(): boolean {
    return this.#since !== undefined
  }

  /** The first event has come, without content so far. */
  begin(now: number): void {
    this.#since = now
  }

  /** Content flows, or flows again: what was is forgotten, and the time in which the caller took nothing is not counted. */
  restart(now: number): void {
    this.#spanMs = this.#limit.forMs
    this.#since = now
    this.#tokens = 0
  }

  /** Counts on the side of the provider: an event is a token at least, and more where it is longer than the smallest one. */
  note(contentEvents: number, bytes: number): void {
    if (contentEvents === 0) return
    this.#leastBytes = Math.min(this.#leastBytes, bytes / contentEvents)
    this.#tokens += Math.max(contentEvents, (bytes - contentEvents * this.#leastBytes) / bytesPerToken)
  }

  /** When to look the next time. */
  dueInMs(now: number): number {
    return this.#since === undefined ? Infinity : Math.max(0, this.#since + this.#spanMs - now)
  }

  /** Only at the end of a span; the next one begins then. */
  isTooSlow(now: number): boolean {
    if (this.#since === undefined || this.dueInMs(now) > 0) return false
    const isSlow = this.#tokens * 1000 < this.#limit.tokensPerSecond * (now - this.#since)
    this.#since = now
    this.#tokens = 0
    return isSlow
  }
}

/** @param tokensPerSecond 0: no limit. */
export function slowLimit(tokensPerSecond: number, forMs: number): SlowLimit | undefined {
  return tokensPerSecond > 0 ? { tokensPerSecond, forMs } : undefined
}
