/** A pool's standing as plain data, without credentials, that later changes do not reach. */
import type { Millis } from '../clock.ts'
import type { LimitReading } from '../limit-reading.ts'
import type { KeyId, PoolSettings } from '../pool.ts'
import { closingOf } from './closing.ts'
import { windowLimitOf } from './key-standing.ts'
import type { Allowance, KeyModelStanding, KeyStanding } from './key-standing.ts'
import type { KeyState } from './key-state.ts'
import type { PoolStanding } from './pool-standing.ts'
import type { TargetStanding } from './target-standing.ts'

/** A limit of the provider's, told by it or learnt from its refusals. */
export interface LimitSnapshot {
  readonly counts: LimitReading['counts'] | 'at-once'
  readonly windowMs?: Millis
  readonly limit?: number
  /** What is left now, calls under way deducted. */
  readonly remaining?: number
  /** `clock.now()` based. */
  readonly resetsAt?: Millis
  readonly source: 'told' | 'learnt'
}

/** One model of one key; `requests` and `tokens` are counted since the start. */
export interface ModelSnapshot {
  readonly state: KeyState
  readonly inFlight: number
  readonly requests: number
  readonly tokens: number
  /** The quota group that it belongs to. */
  readonly group?: string
  /** In the window under way; `endsAt` is `clock.now()` based. */
  readonly use: { readonly requests: number; readonly tokens: number; readonly endsAt?: Millis }
  readonly limits: readonly LimitSnapshot[]
  /** The strictest cap that holds now. */
  readonly cap?: { readonly requests: number; readonly used: number; readonly until?: Millis }
  /** Used up in the fair cycle under way. */
  readonly isUsedUp: boolean
}

/** One key, without its credential. */
export interface KeySnapshot {
  readonly id: KeyId
  readonly label: string
  readonly priority: number
  readonly tier?: string
  readonly inFlight: number
  readonly totals: { readonly requests: number; readonly successes: number; readonly failures: number; readonly tokens: number }
  /** `clock.wallNow()` based; undefined before the first use. */
  readonly lastUsedAt?: Millis
  /** The key as a whole. */
  readonly state: KeyState
  /** Limits over all of its models. */
  readonly limits: readonly LimitSnapshot[]
  /** Per model, those that have been used. */
  readonly models: Readonly<Record<string, ModelSnapshot>>
}

/** One pool. */
export interface PoolSnapshot {
  readonly name: string
  readonly rotation: PoolSettings['rotation']
  readonly keys: readonly KeySnapshot[]
  /** Breakers of targets, per model. */
  readonly targets: Readonly<Record<string, KeyState>>
  /** Calls that wait for their first byte, per model, and how many may. */
  readonly concurrency: Readonly<Record<string, { readonly waiting: number; readonly limit: number }>>
}

export function poolSnapshot<C>(home: PoolStanding<C>, targets: readonly TargetStanding<C>[]): PoolSnapshot {
  const now = home.around.clock.now()
  return {
    name: home.pool.name,
    rotation: home.pool.settings.rotation,
    keys: home.keys.map((key) => keySnapshot(key, targets, now)),
    targets: Object.fromEntries(targets.map(({ model, breaker }) => [model, { ...breaker.rest.state }])),
    concurrency: Object.fromEntries(targets.map(({ model, waiting, pace }) => [model, { waiting, limit: pace.limit }])),
  }
}

function keySnapshot<C>(standing: KeyStanding<C>, targets: readonly TargetStanding<C>[], now: Millis): KeySnapshot {
  const { id, label, priority, tier } = standing.key
  const { inFlight, requests, successes, failures, tokens, lastUsedAt, disabledBy } = standing
  const models: [string, ModelSnapshot][] = []
  for (const target of targets) {
    const cell = target.cells.find(({ owner }) => owner === standing)
    if (cell !== undefined && isWorthTelling(cell)) models.push([target.model, modelSnapshot(cell, target, now)])
  }
  return {
    id,
    label,
    priority,
    ...(tier !== undefined && { tier }),
    inFlight,
    totals: { requests, successes, failures, tokens },
    ...(lastUsedAt !== undefined && { lastUsedAt }),
    state: disabledBy === undefined ? { ...standing.rest.state } : { is: 'disabled', by: disabledBy },
    limits: toldLimits(standing, now),
    models: Object.fromEntries(models),
  }
}

function isWorthTelling<C>({ requests, allowance: { rest } }: KeyModelStanding<C>): boolean {
  return requests > 0 || rest.state.is !== 'ready'
}

function modelSnapshot<C>(cell: KeyModelStanding<C>, { home, model }: TargetStanding<C>, now: Millis): ModelSnapshot {
  const { allowance, inFlight, requests, tokens } = cell
  const { use, rest, name } = allowance
  const closing = closingOf(cell, home, now, 0)
  const limit = windowLimitOf(allowance)
  const cap = allowance.caps.known(now, limit) ?? cell.ownCaps?.known(now, limit)
  const endsAt = use.endsAt(now)
  return {
    state: rest.state.is === 'ready' && closing !== undefined ? { is: 'exhausted', ...closing } : { ...rest.state },
    inFlight,
    requests,
    tokens,
    ...(name !== model && { group: name }),
    use: { requests: use.requests(now), tokens: use.tokens(now), ...(endsAt !== undefined && { endsAt }) },
    limits: [...toldLimits(allowance, now), ...learntLimits(allowance, now)],
    ...(cap !== undefined && { cap }),
    isUsedUp: (home.cycles?.usedUpUntil(allowance, now) ?? 0) > now,
  }
}

function toldLimits<C>({ told }: KeyStanding<C> | Allowance<C>, now: Millis): readonly LimitSnapshot[] {
  return told.known(now).map((limit) => Object.assign(limit, { source: 'told' as const }))
}

const minuteMs = 60_000
const dayMs = 86_400_000

function learntLimits<C>({ learnt, learntWindowRequests, use }: Allowance<C>, now: Millis): readonly LimitSnapshot[] {
  const ofMinute = learnt.known(now).map(({ dimension, most, used }): LimitSnapshot => {
    if (dimension === 'atOnce') return { counts: 'at-once', limit: most, source: 'learnt' }
    return { counts: dimension, windowMs: minuteMs, limit: most, remaining: Math.max(most - used, 0), source: 'learnt' }
  })
  if (learntWindowRequests === undefined) return ofMinute
  const remaining = Math.max(learntWindowRequests - use.requests(now), 0)
  return [...ofMinute, { counts: 'requests', windowMs: dayMs, limit: learntWindowRequests, remaining, source: 'learnt' }]
}
