/** The one failure that tells best why a pursuit has no answer, and what became of the targets that were never tried. */
import type { Millis } from './clock.ts'
import type { Target } from './pool.ts'
import type { Attempt, Refused } from './pursued.ts'
import type { StopReason } from './resilience/deadline.ts'
import type { Obstacle, Trial } from './trial.ts'
import { isFault, limitReasons } from './verdict.ts'
import type { Failure, FailureReason } from './verdict.ts'

/** All that is known when a pursuit ends without an answer. */
export interface Ended<T extends Target, C> {
  readonly stopped: StopReason | undefined
  readonly attempts: readonly Attempt[]
  readonly trials: readonly Trial<T, C>[]
  readonly now: Millis
}

const ownerReasons: ReadonlySet<FailureReason> = new Set<FailureReason>(['key-rejected', 'key-forbidden', 'billing'])

export function lastWord<T extends Target, C>(ended: Ended<T, C>): Failure {
  const failures = ended.attempts.flatMap(({ failure }) => failure ?? [])
  const stopped = ended.stopped === undefined ? undefined : stopWord(ended.stopped, failures)
  if (stopped !== undefined) return stopped
  const obstacles = ended.trials.flatMap((trial) => obstaclesOf(trial, ended.now))
  if (obstacles.length === 0 && failures.length === 0) return own('nobody-fit', 'No target of the plan has a key.', undefined)
  return (
    failures.findLast(({ reason }) => isFault(reason)) ??
    limitWord(failures, ended) ??
    failures.findLast(({ reason }) => ownerReasons.has(reason)) ??
    failures.at(-1) ??
    untriedWord(obstacles, ended.now)
  )
}

/** What is told of each target that no attempt was made on. */
export function refusedTargets<T extends Target, C>(trials: readonly Trial<T, C>[], now: Millis): readonly Refused<T>[] {
  return trials.filter((trial) => trial.attempts === 0).map((trial) => refused(trial, now))
}

function refused<T extends Target, C>(trial: Trial<T, C>, now: Millis): Refused<T> {
  const { target } = trial
  if (trial.standing === undefined) return { target, why: 'no-keys' }
  const obstacles = obstaclesOf(trial, now)
  if (obstacles.length === 0) return { target, why: 'no-keys' }
  const soonest = soonestOf(obstacles)
  const retryAfter = soonest === undefined ? {} : { retryAfterMs: soonest - now }
  if (trial.standing.breaker.rest.openAt > now) return { target, why: 'target-resting', ...retryAfter }
  const isBusy = obstacles.some(({ is }) => is !== 'resting')
  return { target, why: isBusy ? 'all-busy' : 'all-resting', ...retryAfter }
}

/** Those of keys that are in use at all. */
function obstaclesOf<T extends Target, C>(trial: Trial<T, C>, now: Millis): readonly Obstacle[] {
  return [...trial.obstacles(now)].map(({ obstacle }) => obstacle).filter(({ is }) => is !== 'disabled')
}

function stopWord(why: StopReason, failures: readonly Failure[]): Failure {
  const sent = failures.at(-1)?.sent ?? 'no'
  if (why === 'cancelled') return { reason: 'cancelled', message: 'The caller left before an answer began.', sent }
  // The attempt that the deadline cut off says less than what failed before it.
  const told = failures.findLast(({ reason }) => reason !== 'deadline-passed')
  return told ?? { reason: 'deadline-passed', message: 'The deadline passed before an answer began.', sent }
}

/** Keys that are only limited come back: tells when, as one failure for all of them. */
function limitWord<T extends Target, C>(failures: readonly Failure[], { trials, now }: Ended<T, C>): Failure | undefined {
  const rests = trials.flatMap((trial) => (trial.standing?.cells ?? []).flatMap((cell) => trial.limitedUntil(cell, now) ?? []))
  const last = failures.findLast(({ reason }) => limitReasons.has(reason))
  if (last === undefined && rests.length === 0) return undefined
  const retryAfterMs = rests.length === 0 ? undefined : Math.max(Math.min(...rests) - now, 0)
  const when = retryAfterMs === undefined ? '' : `; the soonest is back in ${Math.ceil(retryAfterMs / 1000)} s`
  const word = own('rate-limited', `Every key that could answer is limited${when}.`, retryAfterMs)
  return { ...word, ...(last?.status === undefined ? {} : { status: last.status }), sent: last?.sent ?? 'no' }
}

/** Nothing was tried at all. */
function untriedWord(obstacles: readonly Obstacle[], now: Millis): Failure {
  const rests = obstacles.filter((obstacle) => obstacle.is === 'resting' || obstacle.is === 'probing')
  const soonest = soonestOf(obstacles)
  const retryAfterMs = soonest === undefined ? undefined : Math.max(soonest - now, 0)
  const why = rests.find((rest) => isFault(rest.why))?.why ?? rests[0]?.why
  if (why === undefined || rests.length < obstacles.length) {
    return own('queue-full', 'Every key that could answer is busy.', retryAfterMs)
  }
  return own(why, 'Every key that could answer is resting.', retryAfterMs)
}

function soonestOf(obstacles: readonly Obstacle[]): Millis | undefined {
  const ends = obstacles.flatMap((obstacle) => (obstacle.is === 'resting' ? [obstacle.until] : []))
  return ends.length === 0 ? undefined : Math.min(...ends)
}

function own(reason: FailureReason, message: string, retryAfterMs: Millis | undefined): Failure {
  return { reason, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }), sent: 'no' }
}
