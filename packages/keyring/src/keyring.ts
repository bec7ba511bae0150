/** All pools of keys and what is known of each key at this moment. */
import type { Chance, Clock, Millis } from './clock.ts'
import type { KeyringEvent } from './events.ts'
import type { Key, KeyId, Pool, Target } from './pool.ts'
import { RetryBudget } from './resilience/budget.ts'
import { HedgeBudget } from './resilience/hedge-budget.ts'
import { restKey } from './standing/begin-rest.ts'
import { clearKey } from './standing/clear-key.ts'
import { closedUntil } from './standing/closing.ts'
import type { KeyModelStanding } from './standing/key-standing.ts'
import { restorePool, savePool } from './standing/saving.ts'
import type { Flight } from './resilience/budget.ts'
import type { Failure } from './verdict.ts'
import type { SavedPool } from './standing/saved.ts'
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

/** Which keys an operator means. */
export interface KeyChoice {
  readonly pool: string
  readonly keyId?: KeyId
  readonly model?: string
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
  readonly #retries: RetryBudget
  readonly #hedges = new HedgeBudget()
  readonly #pools = new Map<string, Entry<C>>()
  readonly #clock: Clock

  constructor({ pools, clock, chance, announce }: KeyringOptions<C>) {
    this.#clock = clock
    this.#retries = new RetryBudget(globalRetryShare, this.#flight, clock)
    const around = { clock, chance, announce, flight: this.#flight, retries: this.#retries, hedges: this.#hedges }
    for (const pool of pools) this.#pools.set(pool.name, { home: new PoolStanding(pool, around), targets: new Map() })
  }

  /** What second attempts beside slow ones may spend. */
  get hedges(): HedgeBudget {
    return this.#hedges
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
    if (entry === undefined) return undefined
    const now = this.#clock.now()
    const known = entry.targets.get(target.model)
    const inUse = entry.home.keys.filter(({ disabledBy }) => disabledBy === undefined)
    const opens =
      known === undefined ? inUse.map(({ rest }) => untilOf(rest.openAt)) : known.cells.flatMap((cell) => opensAt(cell, entry.home, now))
    if (opens.length === 0) return undefined
    return Math.max(0, Math.min(...opens) - now, untilOf(known?.breaker.rest.openAt ?? 0) - now)
  }

  /** The key with its credential, for tests outside a call; undefined if there is none of this id. */
  keyOf(pool: string, keyId: KeyId): Key<C> | undefined {
    return this.#pools.get(pool)?.home.keys.find(({ key }) => key.id === keyId)?.key
  }

  /** Ends rests, deaths and known limits; all keys, and all models, where none is named. Gives how many keys that changed. */
  clear({ pool, keyId, model }: KeyChoice): number {
    const home = this.#pools.get(pool)?.home
    if (home === undefined) return 0
    const keys = home.keys.filter(({ key }) => keyId === undefined || key.id === keyId)
    const cleared = keys.filter((key) => clearKey(home, key, model))
    if (keyId === undefined) for (const { breaker } of this.#pools.get(pool)?.targets.values() ?? []) breaker.clear(this.#clock.now())
    home.stateChanged()
    return cleared.length
  }

  /** Takes a key out of use until it is enabled again; false if there is no such key. `by` is shown to people. */
  disable(pool: string, keyId: KeyId, by: string): boolean {
    return this.#turn(pool, keyId, by, by)
  }

  /** The other way round. */
  enable(pool: string, keyId: KeyId, by: string): boolean {
    return this.#turn(pool, keyId, undefined, by)
  }

  /** A test outside a call: the provider accepted the key. A dead or refused key returns. */
  keyPassed(pool: string, keyId: KeyId): void {
    const home = this.#pools.get(pool)?.home
    const standing = home?.keys.find(({ key }) => key.id === keyId)
    if (home === undefined || standing === undefined) return
    standing.restsInRow = 0
    if (!standing.rest.end(this.#clock.now())) return
    home.around.announce?.({ is: 'key.returned', pool, keyId, keyLabel: standing.key.label })
    home.stateChanged()
  }

  /** A test outside a call: the provider refused the key. */
  keyRefused(pool: string, keyId: KeyId, failure: Failure): void {
    const home = this.#pools.get(pool)?.home
    const standing = home?.keys.find(({ key }) => key.id === keyId)
    if (home === undefined || standing === undefined) return
    restKey(home, standing, failure)
  }

  /** Dead keys that would be tested by a call within the next minute. */
  dueTests(): readonly { readonly pool: string; readonly key: Key<C> }[] {
    const soon = this.#clock.now() + 60_000
    return [...this.#pools].flatMap(([pool, { home }]) =>
      home.keys.flatMap(({ key, rest, disabledBy }) =>
        rest.state.is === 'dead' && rest.state.until <= soon && disabledBy === undefined ? [{ pool, key }] : [],
      ),
    )
  }

  /** What should outlive the process; plain data. */
  save(): readonly SavedPool[] {
    return [...this.#pools.values()].map(({ home }) => savePool(home))
  }

  /** Takes up what `save` gave, before the first call. Pools and keys that no longer exist are passed over. */
  restore(saved: readonly SavedPool[]): void {
    for (const pool of saved) {
      const home = this.#pools.get(pool.name)?.home
      if (home !== undefined) restorePool(home, pool)
    }
  }

  /** For `pursue`: what is known of a target; undefined if its pool is unknown or has no key. */
  standingOf(target: Target): TargetStanding<C> | undefined {
    const entry = this.#pools.get(target.pool)
    if (entry === undefined || entry.home.keys.length === 0) return undefined
    const known = entry.targets.get(target.model)
    if (known !== undefined) return known
    dropIdle(entry)
    const standing = new TargetStanding(entry.home, target.model)
    entry.targets.set(target.model, standing)
    return standing
  }

  #turn(pool: string, keyId: KeyId, disabledBy: string | undefined, by: string): boolean {
    const home = this.#pools.get(pool)?.home
    const standing = home?.keys.find(({ key }) => key.id === keyId)
    if (home === undefined || standing === undefined) return false
    if ((standing.disabledBy === undefined) === (disabledBy === undefined)) return true
    standing.disabledBy = disabledBy
    const is = disabledBy === undefined ? 'key.enabled' : 'key.disabled'
    home.around.announce?.({ is, pool, keyId, keyLabel: standing.key.label, by })
    home.stateChanged()
    return true
  }
}

/** Nothing for a key that is out of use. */
function opensAt<C>(cell: KeyModelStanding<C>, home: PoolStanding<C>, now: Millis): Millis | [] {
  if (cell.owner.disabledBy !== undefined) return []
  return Math.max(untilOf(cell.owner.rest.openAt), untilOf(cell.allowance.rest.openAt), closedUntil(cell, home, now, 0))
}

/** A probe may end at any moment. */
function untilOf(openAt: Millis): Millis {
  return openAt === Infinity ? 0 : openAt
}

function dropIdle<C>({ home, targets }: Entry<C>): void {
  if (targets.size < mostModels) return
  for (const [model, standing] of targets) {
    if (!standing.isIdle) continue
    targets.delete(model)
    home.forget(model)
    return
  }
}
