/** A pool's standing as plain data, without credentials, that later changes do not reach. */
import type { Millis } from '../clock.ts'
import type { KeyId, PoolSettings } from '../pool.ts'
import type { KeyStanding } from './key-standing.ts'
import type { KeyState } from './key-state.ts'
import type { PoolStanding } from './pool-standing.ts'
import type { TargetStanding } from './target-standing.ts'

/** One model of one key; `requests` and `tokens` are counted since the start. */
interface ModelSnapshot {
  readonly state: KeyState
  readonly inFlight: number
  readonly requests: number
  readonly tokens: number
}

/** One key, without its credential. */
export interface KeySnapshot {
  readonly id: KeyId
  readonly label: string
  readonly priority: number
  readonly inFlight: number
  readonly totals: { readonly requests: number; readonly successes: number; readonly failures: number; readonly tokens: number }
  /** `clock.wallNow()` based; undefined before the first use. */
  readonly lastUsedAt?: Millis
  /** The key as a whole. */
  readonly state: KeyState
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
}

export function poolSnapshot<C>(home: PoolStanding<C>, targets: readonly TargetStanding<C>[]): PoolSnapshot {
  return {
    name: home.pool.name,
    rotation: home.pool.settings.rotation,
    keys: home.keys.map((key, index) => keySnapshot(key, index, targets)),
    targets: Object.fromEntries(targets.map(({ model, breaker }) => [model, { ...breaker.rest.state }])),
  }
}

function keySnapshot<C>(standing: KeyStanding<C>, index: number, targets: readonly TargetStanding<C>[]): KeySnapshot {
  const { id, label, priority } = standing.key
  const { inFlight, requests, successes, failures, tokens, lastUsedAt } = standing
  const models: [string, ModelSnapshot][] = []
  for (const { model, cells } of targets) {
    const cell = cells[index]
    if (cell === undefined || cell.requests === 0) continue
    models.push([model, { state: { ...cell.rest.state }, inFlight: cell.inFlight, requests: cell.requests, tokens: cell.tokens }])
  }
  return {
    id,
    label,
    priority,
    inFlight,
    totals: { requests, successes, failures, tokens },
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    state: { ...standing.rest.state },
    models: Object.fromEntries(models),
  }
}
