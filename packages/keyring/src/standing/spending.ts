/** What one call takes of a key's limits: reserved when it is sent, corrected by what its answer tells. */
import type { Millis } from '../clock.ts'
import type { LimitReading } from '../limit-reading.ts'
import type { SentCall } from '../limits/learnt-limits.ts'
import type { Failure } from '../verdict.ts'
import { windowLimitOf } from './key-standing.ts'
import type { KeyModelStanding } from './key-standing.ts'
import type { PoolStanding } from './pool-standing.ts'

/** A refusal for longer than this is of a day's quota and says nothing about a minute. */
const longestMinuteHintMs = 300_000
const dayLikeMs = 3_600_000

export class Spending<C> {
  readonly #cell: KeyModelStanding<C>
  readonly #home: PoolStanding<C>
  readonly #sent: SentCall
  #isReserved = true
  #isCounted = true

  constructor(cell: KeyModelStanding<C>, home: PoolStanding<C>, now: Millis, tokens: number) {
    const { allowance, owner, ownUse } = cell
    this.#cell = cell
    this.#home = home
    this.#sent = { sentAt: now, tokens, levels: allowance.learnt.begin(now, tokens, owner.inFlight) }
    allowance.use.add(now, 1, 0)
    ownUse?.add(now, 1, 0)
    allowance.told.begin(tokens)
    owner.told.begin(tokens)
    home.cycles?.used(allowance, now, windowLimitOf(allowance))
  }

  /** The provider answered, well or badly; `readings` is what its headers told. */
  answered(readings: readonly LimitReading[] | undefined, now: Millis): void {
    this.#settle(readings !== undefined && readings.length > 0)
    if (readings === undefined || this.#home.pool.settings.learnsLimits === false) return
    const { allowance, owner } = this.#cell
    for (const reading of readings) {
      const told = reading.of === 'key' ? owner.told : allowance.told
      told.hear(reading, now)
      const isOfWindow = reading.counts === 'requests' && (reading.windowMs ?? 0) >= dayLikeMs
      if (isOfWindow && reading.resetInMs !== undefined) allowance.use.told(now + reading.resetInMs)
    }
  }

  /** The provider took the call. */
  accepted(now: Millis): void {
    this.#cell.allowance.learnt.accepted(this.#sent.levels, now)
  }

  failed(failure: Failure, now: Millis): void {
    if (failure.reason === 'rate-limited') return this.#limited(failure, now)
    const { allowance } = this.#cell
    const isSpent = failure.reason === 'quota-exhausted'
    if (!isSpent && failure.reason !== 'key-rejected' && failure.sent !== 'no') return
    this.#uncount(now)
    allowance.learnt.takeBack(this.#sent)
    if (isSpent) allowance.learntWindowRequests = allowance.use.requests(now) || undefined
  }

  /** The answer is out; `tokens` is what it really used, where that is known. */
  ended(tokens: number | undefined, now: Millis): void {
    this.#settle(false)
    if (tokens === undefined || !this.#isCounted) return
    const { allowance, ownUse } = this.#cell
    allowance.learnt.correct(this.#sent.sentAt, tokens - this.#sent.tokens)
    allowance.use.add(now, 0, tokens)
    ownUse?.add(now, 0, tokens)
  }

  #limited({ retryAfterMs = 0 }: Failure, now: Millis): void {
    const { allowance, owner } = this.#cell
    this.#uncount(now)
    if (retryAfterMs > longestMinuteHintMs) return allowance.learnt.takeBack(this.#sent)
    allowance.learnt.refused(this.#sent, now, new Set([...allowance.told.dimensions, ...owner.told.dimensions]))
  }

  #settle(isTold: boolean): void {
    if (!this.#isReserved) return
    this.#isReserved = false
    const { allowance, owner } = this.#cell
    allowance.told.end(this.#sent.tokens, isTold)
    owner.told.end(this.#sent.tokens, isTold)
  }

  /** A refused call is no use of the window. */
  #uncount(now: Millis): void {
    if (!this.#isCounted) return
    this.#isCounted = false
    this.#cell.allowance.use.add(now, -1, 0)
    this.#cell.ownUse?.add(now, -1, 0)
  }
}
