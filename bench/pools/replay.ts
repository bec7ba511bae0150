/** Very many calls from one seed, through everything that can go wrong with a key; what must never happen is looked for all the time. */
import type { Millis } from '@keywheel/keyring'
import { run } from './run.ts'
import type { Run } from './run.ts'
import type { Variant } from './variants.ts'

export interface ReplayPlan {
  readonly calls: number
  readonly seeds: readonly number[]
  /** Each seed twice: both logs must have the same hash. */
  readonly isTwice: boolean
}

export interface Replay {
  readonly seed: number
  readonly run: Run
  readonly callsPerSecond: number
  readonly violations: readonly string[]
}

const variant: Variant = { counts: 'sliding', tells: 'hint', hasTrouble: true }
const hourMs: Millis = 3_600_000
/** Longer than any rest of a key whose calls would be answered again. */
const forgottenAfterMs: Millis = 6 * hourMs

export async function replay(seed: number, { calls, isTwice }: ReplayPlan): Promise<Replay> {
  const begun = performance.now()
  const first = await replayOnce(seed, calls)
  const tookMs = performance.now() - begun
  const second = isTwice ? await replayOnce(seed, calls) : first
  const differs = second.hash === first.hash ? [] : ['a second run had another hash']
  return { seed, run: first, callsPerSecond: (calls / tookMs) * 1000, violations: [...first.violations, ...differs] }
}

/** A million calls take four days; their daily limits are ten times those of the experiment, so that the minutes count as well. */
function replayOnce(seed: number, calls: number): Promise<Run> {
  const hours = Math.max(1, (calls / 1_000_000) * 96)
  return run({
    seed,
    variant,
    calls,
    load: { share: 0.9, isBursty: false },
    scheduler: 'keywheel',
    lengthMs: hours * hourMs,
    dayScale: Math.min(10, Math.max(1, hours / 8)),
    maxConcurrency: 8,
    forgottenAfterMs,
  })
}
