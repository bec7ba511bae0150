/** One run: one scheduler, one provider, one load, one seed. */
import type { Millis } from '@keywheel/keyring'
import { Arrivals } from './arrivals.ts'
import { CallSource, burstyShare, meanTokens } from './calls.ts'
import type { Load } from './calls.ts'
import { HeapClock } from './heap-clock.ts'
import { minuteMs } from './hidden-key.ts'
import { Ledger } from './ledger.ts'
import type { Measures } from './ledger.ts'
import { Provider, capacityOf } from './provider.ts'
import type { Variant } from './variants.ts'
import { schedulers } from './schedulers/list.ts'
import type { SchedulerName, World } from './schedulers/scheduler.ts'

export interface RunPlan {
  readonly seed: number
  readonly variant: Variant
  readonly load: Load
  readonly scheduler: SchedulerName
  readonly lengthMs: Millis
  /** Ends the run after so many calls instead. */
  readonly calls?: number
  readonly keys?: number
  readonly dayScale?: number
  readonly maxConcurrency?: number
  /** A key that could be used for so long, and was not, is a violation. */
  readonly forgottenAfterMs?: Millis
}

export interface Run extends Measures {
  /** What the limits allow for calls of average size, or what is offered if that is less. */
  readonly boundCalls: number
  readonly boundTokens: number
  /** Jain's index over the keys' answers, each as a part of what the key could have answered: 1 is even. */
  readonly fairness: number
  readonly virtualMs: Millis
}

const patienceMs: Millis = 30_000

export async function run(plan: RunPlan): Promise<Run> {
  const { seed, variant, lengthMs, keys = 20, dayScale = 1 } = plan
  const clock = new HeapClock()
  const ledger = new Ledger(keys)
  const startsAt = clock.now()
  const provider = new Provider({ seed, variant, keys, lengthMs, dayScale }, clock, ledger)
  const endsAt = plan.calls === undefined ? startsAt + lengthMs : Infinity
  const { maxConcurrency } = plan
  const world: World = { clock, provider, ledger, seed, patienceMs, endsAt, maxConcurrency }
  const scheduler = schedulers[plan.scheduler](world)
  const calls = new CallSource(seed, plan.load, provider.capacity(lengthMs) / (lengthMs / minuteMs), startsAt)
  const arrivals = new Arrivals(world, { source: calls, most: plan.calls ?? Infinity, start: (call) => scheduler.start(call) })
  if (plan.forgottenAfterMs !== undefined) arrivals.watchKeys(plan.forgottenAfterMs)
  arrivals.begin()
  const isQuiet = await clock.runUntil(() => arrivals.isOver && ledger.open === 0 && ledger.inFlight === 0, scheduler.breathes)
  if (!isQuiet) ledger.violated(`${ledger.open} calls never ended`)
  const left = scheduler.inFlight?.() ?? 0
  if (left !== 0) ledger.violated(`the scheduler believes that ${left} calls are in flight at the end`)
  const virtualMs = clock.now() - startsAt
  const measures = ledger.close()
  const bound = provider.bound(lengthMs)
  const shares = provider.keys.map((key, index) => (measures.answersByKey[index] ?? 0) / capacityOf(key, lengthMs, 0))
  return {
    ...measures,
    boundCalls: Math.min(measures.calls, bound),
    boundTokens: Math.min(measures.offeredTokens, bound * meanTokens),
    fairness: jain(shares),
    virtualMs,
  }
}

/** Loads by the name that the command line has for them: a part of the capacity, or `bursty`. */
export function loadNamed(name: string): Load {
  return name === 'bursty' ? { share: burstyShare, isBursty: true } : { share: Number(name), isBursty: false }
}

function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0)
  const squares = values.reduce((total, value) => total + value * value, 0)
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares)
}
