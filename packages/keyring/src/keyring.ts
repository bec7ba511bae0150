/** All pools of keys and what is known of each key at this moment. */
import type { Chance, Clock, Millis } from './clock.ts'
import type { KeyringEvent } from './events.ts'
import type { Pool, Target } from './pool.ts'
import { RetryBudget } from './resilience/budget.ts'
import type { Flight } from './resilience/budget.ts'
import { PoolStanding } from './standing/pool-standing.ts'
import { poolSnapshot } from './standing/snapshot.ts'
import type { PoolSnapshot } from './standing/snapshot.ts'
import { TargetStanding } from './standing/target-standing.ts'

/** What a keyring is made of. */
export interface KeyringOptions<C> {
  readonly pools: readonly Pool<C>[]
  readonly clock: Clock
  readonly chance: Chance
  /** Called synchronously; must not throw. */
  readonly announce?: (event: KeyringEvent) => void
}

const globalRetryShare = 0.1

/** Models remembered per pool; idle ones are dropped beyond, because callers may name any model. */
const mostModels = 1000

interface Entry<C> {
  readonly home: PoolStanding<C>
  readonly targets: Map<string, TargetStanding<C>>
}

/** Holds the standing of every key; `pursue` is the only one who changes it. */
export class Keyring<C> {
  readonly #flight: Flight = { inFlight: 0 }
  readonly #retries: RetryBudget = new RetryBudget(globalRetryShare, this.#flight)
  readonly #pools = new Map<string, Entry<C>>()
  readonly #clock: Clock

  constructor({ pools, clock, chance, announce }: KeyringOptions<C>) {
    this.#clock = clock
    const around = { clock, chance, announce, flight: this.#flight, retries: this.#retries }
    for (const pool of pools) this.#pools.set(pool.name, { home: new PoolStanding(pool, around), targets: new Map() })
  }

  get poolNames(): readonly string[] {
    return [...this.#pools.keys()]
  }

  hasKeys(pool: string): boolean {
    return (this.#pools.get(pool)?.home.keys.length ?? 0) > 0
  }

  snapshot(): readonly PoolSnapshot[] {
    return [...this.#pools.values()].map(({ home, targets }) => poolSnapshot(home, [...targets.values()]))
  }

  /** Calls in flight over all pools; back to zero when nothing runs. */
  get inFlight(): number {
    return this.#flight.inFlight
  }

  /** Milliseconds until some key of the target can be tried; 0 when one is ready, busy or being probed; undefined without keys. */
  readyIn(target: Target): Millis | undefined {
    const entry = this.#pools.get(target.pool)
    if (entry === undefined || entry.home.keys.length === 0) return undefined
    const now = this.#clock.now()
    const known = entry.targets.get(target.model)
    let soonest = Infinity
    for (const [index, key] of entry.home.keys.entries()) {
      const cell = known?.cells[index]
      soonest = Math.min(soonest, Math.max(untilOf(key.rest.openAt), untilOf(cell?.rest.openAt ?? 0)))
    }
    return Math.max(0, soonest - now, untilOf(known?.breaker.rest.openAt ?? 0) - now)
  }

  /** For `pursue`: what is known of a target; undefined if its pool is unknown or has no key. */
  standingOf(target: Target): TargetStanding<C> | undefined {
    const entry = this.#pools.get(target.pool)
    if (entry === undefined || entry.home.keys.length === 0) return undefined
    const known = entry.targets.get(target.model)
    if (known !== undefined) return known
    dropIdle(entry.targets)
    const standing = new TargetStanding(entry.home, target.model)
    entry.targets.set(target.model, standing)
    return standing
  }
}

/** A probe may end at any moment. */
function untilOf(openAt: Millis): Millis {
  return openAt === Infinity ? 0 : openAt
}

function dropIdle<C>(targets: Map<string, TargetStanding<C>>): void {
  if (targets.size < mostModels) return
  for (const [model, standing] of targets) {
    if (!standing.isIdle) continue
    targets.delete(model)
    return
  }
}
