/** Limits that the provider tells with its answers, and how much of them is left when calls under way are deducted. */
import type { Millis } from '../clock.ts'
import type { LimitReading } from '../limit-reading.ts'
import type { Dimension } from './learnt-limits.ts'
import type { MinuteCount } from './minute-count.ts'

interface Told {
  reading: LimitReading
  /** What is told is what we have counted ourselves over the last minute: then our count knows best when room comes back. */
  isAsCounted: boolean
  /** When it was told, `clock.now()` based. */
  at: Millis
  /** `clock.now()` based. */
  resetsAt: Millis
  /** Sent since, and gone without an answer that told anything. */
  lost: number
}

/** Where nothing says when a limit is full again, this long is waited. */
const usualWindowMs = 60_000
/** Two tellings of a reset that differ by less are of the same window. */
const sameWindowMs = 2000
const dayLikeMs = 3_600_000
const minuteMs = 60_000
/** Our count and the provider's differ by no more: a second more or less of requests, and tokens that were guessed. */
const requestSlack = 0.05
const tokenSlack = 0.15
/** Guessed tokens are too few as often as too many. */
const tokenMargin = 0.02

export class ToldLimits {
  readonly #told: Told[] = []
  readonly #minute: MinuteCount | undefined
  #pendingRequests = 0
  #pendingTokens = 0

  /** @param minute what was counted of the same calls; undefined where nobody counts. */
  constructor(minute: MinuteCount | undefined) {
    this.#minute = minute
  }

  get isEmpty(): boolean {
    return this.#told.length === 0
  }

  /** A call is sent: what it may use is reserved. */
  begin(tokens: number): void {
    this.#pendingRequests += 1
    this.#pendingTokens += tokens
  }

  /** The provider answered the call, or never will: from here on its own numbers hold what the call used. */
  end(tokens: number, isToldOf: boolean): void {
    this.#pendingRequests -= 1
    this.#pendingTokens -= tokens
    if (isToldOf) return
    for (const told of this.#told) told.lost += told.reading.counts === 'requests' ? 1 : tokens
  }

  /** Takes in what an answer told. */
  hear(reading: LimitReading, now: Millis): void {
    const resetsAt = now + (reading.resetInMs ?? reading.windowMs ?? usualWindowMs)
    const known = this.#told.find((one) => one.reading.counts === reading.counts && one.reading.windowMs === reading.windowMs)
    const isAsCounted = this.#isAsCounted(reading, now)
    if (known === undefined) {
      this.#told.push({ reading, isAsCounted, at: now, resetsAt, lost: 0 })
      return
    }
    known.isAsCounted = isAsCounted
    known.reading = { ...known.reading, ...reading, ...leftOf(known, reading, resetsAt) }
    known.at = now
    known.resetsAt = resetsAt
    known.lost = 0
  }

  /** What is told needs no guess. */
  get dimensions(): ReadonlySet<Dimension> {
    if (this.#told.length === 0) return none
    const short = this.#told.filter(({ reading }) => (reading.windowMs ?? usualWindowMs) < dayLikeMs)
    return new Set(short.map(({ reading }) => (reading.counts === 'requests' ? 'requests' : 'tokens')))
  }

  /** From when a call may go, `clock.now()` based; 0: now. */
  openAt(now: Millis, tokens: number): Millis {
    let latest = 0
    for (const told of this.#told) latest = Math.max(latest, this.#openAtOf(told, now, tokens))
    return latest
  }

  /** The known limit of requests in a day or a similar window. */
  get dailyRequests(): number | undefined {
    return this.#told.find(({ reading }) => reading.counts === 'requests' && (reading.windowMs ?? 0) >= dayLikeMs)?.reading.limit
  }

  known(now: Millis): readonly KnownLimit[] {
    return this.#told.map((told) => {
      const remaining = this.#leftOf(told, now)
      return {
        counts: told.reading.counts,
        ...(told.reading.windowMs !== undefined && { windowMs: told.reading.windowMs }),
        ...(told.reading.limit !== undefined && { limit: told.reading.limit }),
        ...(Number.isFinite(remaining) && { remaining: Math.max(Math.floor(remaining), 0) }),
        ...(told.resetsAt > now && { resetsAt: told.resetsAt }),
      }
    })
  }

  saved(): readonly SavedTold[] {
    return this.#told.map(({ reading: { counts, refills, windowMs, limit, remaining }, resetsAt }) => ({
      counts,
      refills,
      ...(windowMs !== undefined && { windowMs }),
      ...(limit !== undefined && { limit }),
      ...(remaining !== undefined && { remaining }),
      resetsAt,
    }))
  }

  /** Takes up what an earlier process was told; `resetsAt` is `clock.now()` based. */
  restore(told: Omit<SavedTold, 'resetsAt'>, resetsAt: Millis, now: Millis): void {
    const { counts, refills, windowMs, limit, remaining } = told
    const reading: LimitReading = {
      counts,
      refills,
      of: 'model',
      ...(windowMs !== undefined && { windowMs }),
      ...(limit !== undefined && { limit }),
      ...(remaining !== undefined && { remaining }),
    }
    this.#told.push({ reading, isAsCounted: false, at: now, resetsAt, lost: 0 })
  }

  clear(): void {
    this.#told.length = 0
  }

  #openAtOf(told: Told, now: Millis, tokens: number): Millis {
    const { counts, limit = Infinity } = told.reading
    const wanted = counts === 'requests' ? 1 : tokens
    // What is larger than the whole limit goes when the limit is full.
    const needed = Math.min(wanted, limit)
    if (told.isAsCounted) return this.#countedOpenAt(counts, needed, limit, now)
    const lacking = needed - this.#leftOf(told, now)
    return lacking <= 0 ? 0 : refilledAt(told, lacking, now)
  }

  #isAsCounted({ counts, windowMs, limit, remaining }: LimitReading, now: Millis): boolean {
    if (this.#minute === undefined || windowMs !== minuteMs || limit === undefined || remaining === undefined) return false
    const isOfRequests = counts === 'requests'
    const counted = isOfRequests ? this.#minute.requests(now) - this.#pendingRequests : this.#minute.tokens(now) - this.#pendingTokens
    return Math.abs(limit - remaining - counted) <= Math.max(1, limit * (isOfRequests ? requestSlack : tokenSlack))
  }

  #countedOpenAt(counts: LimitReading['counts'], needed: number, limit: number, now: Millis): Millis {
    const minute = this.#minute
    if (minute === undefined) return 0
    if (counts === 'requests') {
      const excess = minute.requests(now) + needed - limit
      return excess <= 0 ? 0 : minute.freeAt(now, excess, 0)
    }
    const excess = minute.tokens(now) + needed - limit * (1 - tokenMargin)
    return excess <= 0 || minute.requests(now) === 0 ? 0 : minute.freeAt(now, 0, excess)
  }

  /** Infinity where nothing was told of what is left. */
  #leftOf({ reading, at, resetsAt, lost }: Told, now: Millis): number {
    const { counts, limit = Infinity, remaining } = reading
    const pending = counts === 'requests' ? this.#pendingRequests : this.#pendingTokens
    if (now >= resetsAt) return limit - pending
    if (remaining === undefined) return Infinity
    const refilled = reading.refills === 'steadily' && Number.isFinite(limit) ? ((limit - remaining) * (now - at)) / (resetsAt - at) : 0
    return remaining + refilled - lost - pending
  }
}

const none: ReadonlySet<Dimension> = new Set()

/** What is kept of a limit over a restart; `resetsAt` is `clock.now()` based. */
export type SavedTold = Pick<LimitReading, 'counts' | 'refills' | 'windowMs' | 'limit' | 'remaining'> & { readonly resetsAt: Millis }

/** A limit as the provider told it, and what is left of it now. */
export type KnownLimit = Pick<LimitReading, 'counts' | 'windowMs' | 'limit' | 'remaining'> & { readonly resetsAt?: Millis }

/** When so much more is there: a part of the time to the reset where it comes back steadily, else all of it. */
function refilledAt({ reading, at, resetsAt }: Told, lacking: number, now: Millis): Millis {
  const { refills, limit = Infinity, remaining = 0 } = reading
  const toRefill = limit - remaining
  const isSteady = refills === 'steadily' && Number.isFinite(toRefill) && toRefill > 0 && resetsAt > at
  return isSteady ? now + Math.max((lacking / toRefill) * (resetsAt - at), 1) : Math.max(resetsAt, now + 1)
}

/** Answers overtake each other: within one window that comes back only at its end, the lower number is the later one. */
function leftOf(known: Told, { remaining, refills }: LimitReading, resetsAt: Millis): Partial<LimitReading> {
  if (remaining === undefined || refills === 'steadily' || known.reading.remaining === undefined) return {}
  return Math.abs(known.resetsAt - resetsAt) < sameWindowMs ? { remaining: Math.min(known.reading.remaining, remaining) } : {}
}
