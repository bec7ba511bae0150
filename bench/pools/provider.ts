/** The provider of the experiment: twenty keys whose limits are drawn from the seed, and a judge of each refusal. */
import type { Clock, Failure, LimitReading, Millis } from '@keywheel/keyring'
import { between, seededChance } from './chance.ts'
import type { Call } from './calls.ts'
import { meanTokens } from './calls.ts'
import { HiddenKey, minuteMs } from './hidden-key.ts'
import type { Trouble } from './hidden-key.ts'
import type { Ledger } from './ledger.ts'
import type { Variant } from './variants.ts'

/** What the provider is made of. */
export interface ProviderPlan {
  readonly seed: number
  readonly variant: Variant
  readonly keys: number
  /** How long the run is. */
  readonly lengthMs: Millis
  /** Multiplies daily limits. */
  readonly dayScale: number
}

/** Where virtual time begins (`HeapClock`). */
const startsAtMs: Millis = 1000
const hourMs: Millis = 3_600_000

/** What the provider says to a request. */
export interface Reply {
  readonly readings: readonly LimitReading[] | undefined
  /** undefined: it is admitted. */
  readonly failure: Failure | undefined
}

export class Provider {
  readonly keys: readonly HiddenKey[]
  readonly variant: Variant
  readonly #clock: Clock
  readonly #ledger: Ledger

  constructor(plan: ProviderPlan, clock: Clock, ledger: Ledger) {
    this.variant = plan.variant
    this.#clock = clock
    this.#ledger = ledger
    const chance = seededChance(plan.seed, 'limits')
    const troubles = plan.variant.hasTrouble ? drawTroubles(plan, clock.now()) : []
    this.keys = Array.from(
      { length: plan.keys },
      (_, index) => new HiddenKey(`key-${index}`, plan.variant, chance, { dayScale: plan.dayScale, troubles: troubles[index] ?? [] }),
    )
  }

  /** One request with one key. */
  ask(call: Call, index: number): Reply {
    const now = this.#clock.now()
    const key = this.#keyOf(index)
    const isTold = this.variant.tells === 'headers'
    this.#ledger.requested(call, index, now)
    if (key.hasRoom(now, call.tokens)) {
      key.use(now, call.tokens)
      return { readings: isTold ? key.readings(now) : undefined, failure: undefined }
    }
    const failure = key.refusal(now, call.tokens, this.variant.tells)
    const isAvoidable = this.keys.some((other) => other !== key && other.hasRoom(now, call.tokens))
    this.#ledger.refused(call, { reason: failure.reason, isAvoidable }, now)
    return { readings: isTold ? key.readings(now) : undefined, failure }
  }

  /** Calls of average size that the limits allow in so long, a first full minute not counted. */
  capacity(lengthMs: Millis): number {
    return this.keys.reduce((sum, key) => sum + capacityOf(key, lengthMs, 0), 0)
  }

  /** The most calls of average size that the limits allow in so long: every limit full at the start, nothing left at the end. */
  bound(lengthMs: Millis): number {
    return this.keys.reduce((sum, key) => sum + capacityOf(key, lengthMs, 1), 0)
  }

  #keyOf(index: number): HiddenKey {
    const key = this.keys[index]
    if (key === undefined) throw new Error(`There is no key ${index}.`)
    return key
  }
}

/** What one key can answer; `extraMinutes` is what a full limit at the start adds. */
export function capacityOf(key: HiddenKey, lengthMs: Millis, extraMinutes: number): number {
  const { requestsPerMinute, tokensPerMinute, requestsPerDay } = key.rates
  const endsAt = startsAtMs + lengthMs
  const lostMs = key.troubles.reduce((sum, { from, to }) => sum + Math.min(to, endsAt) - Math.min(from, endsAt), 0)
  const minutes = Math.max(0, lengthMs - lostMs) / minuteMs + extraMinutes
  // A day that begins within the run brings its requests anew.
  const firstDayMs = key.day.fullIn(startsAtMs)
  const days = firstDayMs < lengthMs ? 2 + Math.floor((lengthMs - firstDayMs) / key.day.windowMs) : 1
  return Math.min(minutes * Math.min(requestsPerMinute, tokensPerMinute / meanTokens), requestsPerDay * days)
}

/**
 * Of twenty keys two are revoked, for good unless the run is long, and four are overloaded: for five minutes of an hour, and in a long
 * run for that again every six hours.
 */
function drawTroubles({ seed, keys, lengthMs }: ProviderPlan, startsAt: Millis): readonly (readonly Trouble[])[] {
  const chance = seededChance(seed, 'troubles')
  const isLong = lengthMs > 2 * hourMs
  const hour = Math.min(hourMs, lengthMs)
  return Array.from({ length: keys }, (_, index) => {
    const troubles: Trouble[] = []
    if (index % 10 === 4) {
      const from = startsAt + between(chance, 0.2, 0.6) * lengthMs
      troubles.push({ is: 'revoked', from, to: isLong ? from + 0.1 * lengthMs : Infinity })
    }
    const lastMs = index % 5 === 2 ? lengthMs : 0
    for (let beganMs = 0; beganMs < lastMs; beganMs += 6 * hour) {
      const from = startsAt + beganMs + between(chance, 0.1, 0.8) * hour
      troubles.push({ is: 'overloaded', from, to: from + hour / 12 })
    }
    return troubles
  })
}
