/** What keeps a key back although nothing was refused: limits that are used up, the owner's caps, the fair cycle, an operator. */
import type { Millis } from '../clock.ts'
import type { FailureReason } from '../verdict.ts'
import type { KeyModelStanding } from './key-standing.ts'
import { windowLimitOf } from './key-standing.ts'
import type { PoolStanding } from './pool-standing.ts'

/** Until when a key is kept back, `clock.now()` based, and by what. */
export interface Closing {
  readonly until: Millis
  /** `limit`: the provider told it. `learnt`: we only believe it. */
  readonly by: 'limit' | 'learnt' | 'cap' | 'fair-cycle'
}

/** What callers are told where nothing but closings is in the way. */
export const closingReasons: Readonly<Record<Closing['by'], FailureReason>> = {
  limit: 'rate-limited',
  learnt: 'rate-limited',
  cap: 'quota-exhausted',
  'fair-cycle': 'quota-exhausted',
}

/** From when a call of so many tokens may go; 0: now. On the hot path: most keys have neither limits nor caps. */
export function closedUntil<C>(cell: KeyModelStanding<C>, home: PoolStanding<C>, now: Millis, tokens: number): Millis {
  const until = Math.max(learntUntil(cell, home, now, tokens), toldUntil(cell, home, now, tokens), cappedUntil(cell, now))
  return home.cycles === undefined ? until : Math.max(until, home.cycles.usedUpUntil(cell.allowance, now))
}

/** The same, with what it is that closes; undefined: nothing does. What is only believed counts last. */
export function closingOf<C>(cell: KeyModelStanding<C>, home: PoolStanding<C>, now: Millis, tokens: number): Closing | undefined {
  const closings: readonly Closing[] = [
    { until: toldUntil(cell, home, now, tokens), by: 'limit' },
    { until: cappedUntil(cell, now), by: 'cap' },
    { until: home.cycles?.usedUpUntil(cell.allowance, now) ?? 0, by: 'fair-cycle' },
  ]
  const latest = closings.reduce((one, other) => (other.until > one.until ? other : one))
  if (latest.until > now) return latest
  const until = learntUntil(cell, home, now, tokens)
  return until > now ? { until, by: 'learnt' } : undefined
}

function learntUntil<C>({ allowance, owner }: KeyModelStanding<C>, home: PoolStanding<C>, now: Millis, tokens: number): Millis {
  return home.pool.settings.learnsLimits === false ? 0 : allowance.learnt.openAt(now, tokens, owner.inFlight + 1)
}

function toldUntil<C>({ allowance, owner }: KeyModelStanding<C>, home: PoolStanding<C>, now: Millis, tokens: number): Millis {
  const { settings } = home.pool
  const until = Math.max(allowance.told.openAt(now, tokens), owner.told.openAt(now, tokens))
  if (settings.enforcesWindow !== true) return until
  const limit = windowLimitOf(allowance) ?? Infinity
  return allowance.use.requests(now) < limit ? until : Math.max(until, allowance.use.endsAt(now) ?? 0)
}

function cappedUntil<C>({ allowance, ownCaps }: KeyModelStanding<C>, now: Millis): Millis {
  if (allowance.caps.isEmpty && ownCaps === undefined) return 0
  const limit = windowLimitOf(allowance)
  return Math.max(allowance.caps.closedUntil(now, limit), ownCaps?.closedUntil(now, limit) ?? 0)
}
