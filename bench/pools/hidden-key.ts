/** A key with limits of its own that nobody but its provider knows. */
import type { Chance, Failure, LimitReading, Millis } from '@keywheel/keyring'
import { between, logBetween } from './chance.ts'
import { hiddenLimit } from './hidden-limit.ts'
import type { HiddenLimit } from './hidden-limit.ts'
import type { Telling, Variant } from './variants.ts'

export const minuteMs: Millis = 60_000
export const dayMs: Millis = 86_400_000

/** From when to when something is wrong with a key. */
export interface Trouble {
  readonly is: 'revoked' | 'overloaded'
  readonly from: Millis
  readonly to: Millis
}

export interface HiddenRates {
  readonly requestsPerMinute: number
  readonly tokensPerMinute: number
  readonly requestsPerDay: number
}

export class HiddenKey {
  readonly id: string
  readonly rates: HiddenRates
  readonly troubles: readonly Trouble[]
  readonly requests: HiddenLimit
  readonly tokens: HiddenLimit
  readonly day: HiddenLimit

  constructor(id: string, variant: Variant, chance: Chance, { dayScale, troubles }: { dayScale: number; troubles: readonly Trouble[] }) {
    this.id = id
    this.troubles = troubles
    this.rates = {
      requestsPerMinute: Math.round(logBetween(chance, 10, 60)),
      tokensPerMinute: Math.round(logBetween(chance, 6000, 60_000)),
      requestsPerDay: Math.round(dayScale * logBetween(chance, 200, 3000)),
    }
    this.requests = hiddenLimit(variant.counts, this.rates.requestsPerMinute, minuteMs, chance())
    this.tokens = hiddenLimit(variant.counts, this.rates.tokensPerMinute, minuteMs, chance())
    // A day is a day of the calendar at every provider; each key's begins at an hour of its own.
    this.day = hiddenLimit('fixed', this.rates.requestsPerDay, dayMs, between(chance, 0, 1))
  }

  troubleAt(now: Millis): Trouble | undefined {
    return this.troubles.find(({ from, to }) => from <= now && now < to)
  }

  /** Whether a call of so many tokens would be admitted now. */
  hasRoom(now: Millis, tokens: number): boolean {
    return this.requests.room(now) >= 1 && this.tokens.room(now) >= tokens && this.day.room(now) >= 1 && this.troubleAt(now) === undefined
  }

  use(now: Millis, tokens: number): void {
    this.requests.use(now, 1)
    this.tokens.use(now, tokens)
    this.day.use(now, 1)
  }

  /** Milliseconds until a call of so many tokens would be admitted, if nobody else asks. */
  readyIn(now: Millis, tokens: number): Millis {
    const trouble = this.troubleAt(now)
    return Math.max(
      this.requests.readyIn(now, 1),
      this.tokens.readyIn(now, tokens),
      this.day.readyIn(now, 1),
      trouble === undefined ? 0 : trouble.to - now,
    )
  }

  /** Why a call is refused now. */
  refusal(now: Millis, tokens: number, tells: Telling): Failure {
    const trouble = this.troubleAt(now)
    if (trouble?.is === 'revoked') return { reason: 'key-rejected', message: 'revoked', status: 401, sent: 'yes' }
    if (trouble?.is === 'overloaded') return { reason: 'overloaded', message: 'overloaded', status: 503, sent: 'yes' }
    const reason = this.day.room(now) < 1 ? 'quota-exhausted' : 'rate-limited'
    const failure: Failure = { reason, message: reason, status: 429, sent: 'yes' }
    return tells === 'nothing' ? failure : { ...failure, retryAfterMs: Math.ceil(this.readyIn(now, tokens) / 1000) * 1000 }
  }

  /** What exact headers say of the limits. */
  readings(now: Millis): readonly LimitReading[] {
    return [readingOf(this.requests, 'requests', now), readingOf(this.tokens, 'tokens', now), readingOf(this.day, 'requests', now)]
  }
}

function readingOf(limit: HiddenLimit, counts: LimitReading['counts'], now: Millis): LimitReading {
  return {
    counts,
    of: 'model',
    windowMs: limit.windowMs,
    limit: limit.limit,
    remaining: Math.max(0, Math.floor(limit.room(now))),
    resetInMs: limit.fullIn(now),
    refills: limit.refills,
  }
}
