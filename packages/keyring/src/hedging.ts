/** A second attempt beside a slow first one: when it is made, and which of the two counts. */
import type { Clock, Millis } from './clock.ts'
import type { Hedge } from './limits.ts'
import type { Target } from './pool.ts'
import type { AttemptAsk, Outcome } from './pursued.ts'
import type { HedgeBudget } from './resilience/hedge-budget.ts'
import type { Lease } from './standing/lease.ts'
import type { TargetStanding } from './standing/target-standing.ts'
import type { Trial } from './trial.ts'

/** One attempt about to be made: its slot is held. */
export interface Turn<T extends Target, C> {
  readonly trial: Trial<T, C>
  readonly lease: Lease<C>
}

/** One attempt under way. */
export interface Run<T extends Target, C, A> {
  readonly turn: Turn<T, C>
  readonly ask: AttemptAsk<T, C>
  readonly isHedge: boolean
  readonly outcome: Promise<Outcome<A>>
}

/** One attempt that has ended. */
export interface Ended<T extends Target, C, A> {
  readonly run: Run<T, C, A>
  readonly outcome: Outcome<A>
}

/** What one pursuit may do beside its attempts. */
export class Hedging {
  readonly #hedge: Hedge
  readonly #budget: HedgeBudget

  constructor(hedge: Hedge, budget: HedgeBudget) {
    this.#hedge = hedge
    this.#budget = budget
    budget.called(hedge.mostShare)
  }

  /** How long an attempt may take before it counts as slow; undefined while nobody knows what is usual there. */
  afterMs<C>(standing: TargetStanding<C> | undefined): Millis | undefined {
    const usualMs = standing?.durations.at(this.#hedge.afterPercentile)
    // Slower, and not just as slow: the answer may be arriving at this very moment.
    return usualMs === undefined ? undefined : usualMs + 1
  }

  spend(): boolean {
    return this.#budget.spend()
  }
}

export const late = 'late'

/** The promise's value, or `late` if it takes longer. */
export async function orLate<V>(promise: Promise<V>, clock: Clock, afterMs: Millis): Promise<V | typeof late> {
  const { promise: isLate, resolve } = Promise.withResolvers<typeof late>()
  const timer = clock.after(afterMs, () => resolve(late))
  try {
    return await Promise.race([promise, isLate])
  } finally {
    timer.cancel()
  }
}

/** The first to commit, alone or behind the other that had failed before; both if both fail. */
export async function firstToCommit<T extends Target, C, A>(runs: readonly Run<T, C, A>[]): Promise<readonly Ended<T, C, A>[]> {
  const ended: Ended<T, C, A>[] = []
  const open = new Map(runs.map((run) => [run, run.outcome.then((outcome) => ({ run, outcome }))]))
  while (open.size > 0) {
    const next = await Promise.race(open.values())
    ended.push(next)
    if (next.outcome.kind === 'committed') break
    open.delete(next.run)
  }
  // A bug of the one that lost has nobody left to tell.
  for (const lost of open.values()) lost.catch(() => undefined)
  return ended
}
