/** Begins the rests that follow from refusals, and announces every rest, whoever began it. */
import type { Millis } from '../clock.ts'
import { refusalRest } from '../resilience/cooldown.ts'
import type { RestLength } from '../resilience/cooldown.ts'
import { remedies } from '../verdict.ts'
import type { Failure } from '../verdict.ts'
import { closedUntil, closingOf, closingReasons } from './closing.ts'
import type { Allowance, KeyModelStanding, KeyStanding } from './key-standing.ts'
import type { Resting } from './key-state.ts'
import type { PoolStanding } from './pool-standing.ts'
import type { Rest } from './rest.ts'
import type { TargetStanding } from './target-standing.ts'

/** A refusal, and what it puts to rest: the key as a whole, or what it may do for one model or group. */
export interface Refusal<C> {
  readonly what: KeyStanding<C> | Allowance<C>
  /** The probe of it that the refused call was; 0: none. */
  readonly probe: number
  readonly failure: Failure
}

/** A key that is refused for so long for so many models is looked at as a whole. */
const lockoutFromMs = 7_200_000
const lockoutModels = 3
const lockoutMs = 300_000
/** Closings that are over sooner are daily life and not announced. */
const announcedFromMs = 60_000
const mostTrusted = 5
const longestTrustedMs = 60_000

export function restRefused<C>(target: TargetStanding<C>, cell: KeyModelStanding<C>, refusal: Refusal<C>): void {
  const { clock, chance } = target.home.around
  const { what, failure } = refusal
  const now = clock.now()
  const wasResting = !what.rest.isProbedBy(refusal.probe) && what.rest.state.is !== 'ready'
  const repeats = wasResting ? Math.max(what.restsInRow - 1, 0) : what.restsInRow
  const length = refusalRest(withToldHint(failure, cell, now), repeats, chance)
  if (wasResting && !isLonger(what.rest, length, now)) return
  what.restsInRow += wasResting ? 0 : 1
  what.rest.begin(restFor(failure, length, now, Math.max(what.restsInRow, 1)))
  const model = what === cell.owner ? undefined : target.model
  if (!wasResting) announceKey(target, cell, what.rest.asleep, model)
  if (model !== undefined) modelRested(target, cell, failure, length.forMs)
}

function modelRested<C>(target: TargetStanding<C>, cell: KeyModelStanding<C>, failure: Failure, forMs: Millis): void {
  const now = target.home.around.clock.now()
  target.home.cycles?.rested(cell.allowance, now, forMs)
  if (forMs >= lockoutFromMs) lockOut(target, cell, failure, now)
}

/** Several calls were refused at once: one rest, as long as the longest of them. */
function isLonger(rest: Rest, { forMs, source }: RestLength, now: Millis): boolean {
  if (rest.state.is === 'probing' || now + forMs <= rest.openAt) return false
  return source !== 'growing' || rest.isForFault
}

function restFor({ reason: why }: Failure, { forMs, source }: RestLength, now: Millis, failures: number): Resting {
  const rest = { until: now + forMs, why, source, failures }
  return remedies[why].restFor === 'until-tested' ? { is: 'dead', since: now, ...rest } : { is: 'resting', ...rest }
}

/** A test outside a call was refused: the key as a whole rests, as after a refused call. */
export function restKey<C>(home: PoolStanding<C>, owner: KeyStanding<C>, failure: Failure): void {
  const { clock, chance, announce } = home.around
  const now = clock.now()
  const { forMs, source } = refusalRest(failure, owner.restsInRow, chance)
  const wasDead = owner.rest.asleep?.is === 'dead'
  owner.restsInRow += 1
  owner.rest.begin({ is: 'dead', since: now, until: now + forMs, why: failure.reason, source, failures: owner.restsInRow })
  home.stateChanged()
  const { id: keyId, label: keyLabel } = owner.key
  if (!wasDead) announce?.({ is: 'key.dead', pool: home.pool.name, keyId, keyLabel, why: failure.reason, forMs })
}

/** Says that a key, or its model, rests from now on. */
export function announceKey<C>(
  { home }: TargetStanding<C>,
  { owner }: KeyModelStanding<C>,
  rest: Resting | undefined,
  model: string | undefined,
): void {
  const { pool, around } = home
  home.stateChanged()
  if (rest === undefined || around.announce === undefined) return
  const { id: keyId, label: keyLabel } = owner.key
  const event = { pool: pool.name, keyId, keyLabel, why: rest.why, forMs: rest.until - around.clock.now() } as const
  if (rest.is === 'dead') around.announce({ is: 'key.dead', ...event })
  else around.announce({ is: 'key.rested', ...event, source: rest.source, ...(model !== undefined && { model }) })
}

export function announceTarget<C>({ model, home }: TargetStanding<C>, rest: Resting, now: Millis): void {
  home.stateChanged()
  home.around.announce?.({ is: 'target.rested', pool: home.pool.name, model, why: rest.why, forMs: rest.until - now })
}

/** A limit or a cap keeps the key back for longer than a moment: said once, since no rest is silent. */
export function announceClosing<C>({ home, model }: TargetStanding<C>, cell: KeyModelStanding<C>, now: Millis): void {
  const { allowance, owner } = cell
  if (allowance.announcedUntil > now || closedUntil(cell, home, now, 0) < now + announcedFromMs) return
  const closing = closingOf(cell, home, now, 0)
  // What is only believed is over within a minute, and nobody has said it.
  if (closing === undefined || closing.by === 'learnt') return
  allowance.announcedUntil = closing.until
  const forMs = closing.until - now
  if (closing.by !== 'fair-cycle') home.cycles?.rested(allowance, now, forMs)
  const { id: keyId, label: keyLabel } = owner.key
  const source = closing.by === 'limit' ? 'hint' : 'cap'
  home.around.announce?.({ is: 'key.rested', pool: home.pool.name, keyId, keyLabel, model, why: closingReasons[closing.by], forMs, source })
}

/**
 * A refusal without a hint, where we can do better than the usual rest: the provider told when its limit is full again, or its
 * limit was learnt. That may be wrong, so it is trusted for less and less if it is refused again and again.
 */
function withToldHint<C>(failure: Failure, { allowance, owner }: KeyModelStanding<C>, now: Millis): Failure {
  if (failure.retryAfterMs !== undefined || failure.reason !== 'rate-limited') return failure
  const told = Math.max(allowance.told.openAt(now, 1), owner.told.openAt(now, 1))
  if (told > now) return { ...failure, retryAfterMs: told - now }
  const learnt = allowance.learnt.openAt(now, 1, 1)
  if (learnt <= now || allowance.restsInRow >= mostTrusted) return failure
  return { ...failure, retryAfterMs: Math.min((learnt - now) * 2 ** allowance.restsInRow, longestTrustedMs) }
}

function lockOut<C>(target: TargetStanding<C>, cell: KeyModelStanding<C>, failure: Failure, now: Millis): void {
  const { owner } = cell
  if (owner.rest.state.is !== 'ready') return
  let refused = 0
  for (const allowances of target.home.allowances.values()) {
    const own = allowances.find((allowance) => allowance.owner === owner)
    if (own !== undefined && own.rest.openAt !== Infinity && own.rest.openAt - now >= lockoutFromMs) refused += 1
  }
  if (refused < lockoutModels) return
  owner.rest.begin({ is: 'resting', until: now + lockoutMs, why: failure.reason, source: 'growing', failures: refused })
  announceKey(target, cell, owner.rest.asleep, undefined)
}
