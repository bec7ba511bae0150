/** What a pursuit does when no key can be had now: how long it waits, and whether it goes in spite of a rest. */
import type { Chance, Millis } from './clock.ts'
import type { Target } from './pool.ts'
import type { KeyModelStanding } from './standing/key-standing.ts'
import type { Obstacle, Trial } from './trial.ts'

/** Points of `clock.now()`, and a length, that bound a wait. */
export interface WaitBounds {
  readonly startedAt: Millis
  readonly acquireEndsAt: Millis
  readonly deadlineAt: Millis
  readonly maxWaitMs: Millis
}

/** When to look again, `clock.now()` based; undefined when no key can come back in time. */
export function planWait<T extends Target, C>(trials: readonly Trial<T, C>[], now: Millis, bounds: WaitBounds): Millis | undefined {
  let soonest = Infinity
  let lastLook = -Infinity
  let asideUntil = Infinity
  for (const trial of trials) {
    if (trial.isClosed) continue
    for (const { obstacle } of trial.obstacles(now)) {
      if (obstacle.is === 'aside') asideUntil = Math.min(asideUntil, obstacle.until)
      soonest = Math.min(soonest, opensAt(obstacle, now))
      lastLook = Math.max(lastLook, endOfPatience(obstacle, bounds))
    }
  }
  const latest = Math.min(now + bounds.maxWaitMs, bounds.acquireEndsAt, bounds.deadlineAt)
  // Keys that only make room for the one that is waited for are taken as soon as that wait is over.
  if (Math.min(soonest, asideUntil) <= latest) return Math.min(soonest, asideUntil)
  return lastLook > now ? lastLook : undefined
}

/** A key and where it belongs. */
export interface PanicTurn<T extends Target, C> {
  readonly trial: Trial<T, C>
  readonly cell: KeyModelStanding<C>
  readonly until: Millis
}

/** Where to go although it rests (R8): only for faults and for limits that nobody told, only where this pursuit has not been, and the one soonest back. */
export function choosePanicTurn<T extends Target, C>(
  trials: readonly Trial<T, C>[],
  now: Millis,
  when: 'all-faults' | 'last-resort',
): PanicTurn<T, C> | undefined {
  const keys = trials
    .filter((trial) => !trial.isClosed)
    .flatMap((trial) => [...trial.obstacles(now)].map(({ cell, obstacle }) => ({ trial, cell, until: faultUntil(obstacle, when) })))
  if (when === 'all-faults' && keys.some(({ until }) => until === undefined)) return undefined
  let best: PanicTurn<T, C> | undefined
  for (const { trial, cell, until } of keys) {
    if (until === undefined || trial.attempts > 0 || trial.standing?.isFull(cell)) continue
    if (best === undefined || isBackSooner(until, cell, best)) best = { trial, cell, until }
  }
  return best
}

/** Where the whole target rests, all its keys are back together: then the one with the least rest of its own. */
function isBackSooner<T extends Target, C>(until: Millis, cell: KeyModelStanding<C>, best: PanicTurn<T, C>): boolean {
  if (until !== best.until) return until < best.until
  return cell.allowance.rest.openAt < best.cell.allowance.rest.openAt
}

/** Targets whose load comes back in steps (R9) let the others go first, for the part of calls that they do not take yet. */
export function inRampOrder<T extends Target, C>(trials: readonly Trial<T, C>[], now: Millis, chance: Chance): readonly Trial<T, C>[] {
  const stepsAside = trials.filter(({ standing }) => {
    const share = standing?.breaker.rest.share(now) ?? 1
    return share < 1 && chance() >= share
  })
  if (stepsAside.length === 0) return trials
  return [...trials.filter((trial) => !stepsAside.includes(trial)), ...stepsAside]
}

function opensAt(obstacle: Obstacle, now: Millis): Millis {
  if (obstacle.is === 'none') return now
  return obstacle.is === 'resting' ? obstacle.until : Infinity
}

/** Nobody knows when a busy key or a probe ends, so the wait for it has an end of its own. */
function endOfPatience(obstacle: Obstacle, bounds: WaitBounds): Millis {
  if (obstacle.is === 'busy') return bounds.acquireEndsAt
  return obstacle.is === 'probing' ? Math.min(bounds.startedAt + bounds.maxWaitMs, bounds.acquireEndsAt) : -Infinity
}

function faultUntil(obstacle: Obstacle, when: 'all-faults' | 'last-resort'): Millis | undefined {
  if (obstacle.is === 'resting' && obstacle.isFault) return obstacle.until
  // What was only learnt may be wrong: better a refusal than none asked.
  if (obstacle.is === 'resting' && obstacle.isDoubtful && when === 'last-resort') return obstacle.until
  // While a probe is under way its verdict is worth waiting for; only after that wait is it passed over.
  if (obstacle.is === 'probing' && obstacle.isFault && when === 'last-resort') return Infinity
  return undefined
}
