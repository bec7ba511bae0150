/** One pool at this moment: its keys, what each may do, its calls in flight, and who waits for it. */
import type { Chance, Clock, Millis } from '../clock.ts'
import type { KeyringEvent } from '../events.ts'
import type { Pool } from '../pool.ts'
import { RetryBudget } from '../resilience/budget.ts'
import type { Flight } from '../resilience/budget.ts'
import type { HedgeBudget } from '../resilience/hedge-budget.ts'
import { FairCycles } from './fair-cycles.ts'
import { newAllowance, newKeyStanding } from './key-standing.ts'
import type { Allowance, KeyModelStanding, KeyStanding } from './key-standing.ts'
import { Sessions } from './sessions.ts'

/** What all pools of a keyring share. */
export interface Surroundings {
  readonly clock: Clock
  readonly chance: Chance
  readonly announce: ((event: KeyringEvent) => void) | undefined
  readonly flight: Flight
  readonly retries: RetryBudget
  readonly hedges: HedgeBudget
}

/** A pursuit that waits: told of each change, it says whether it took a slot. */
export interface Waiter {
  poke(): boolean
}

const poolShare = 0.2
const dayMs = 86_400_000
/** Counts of failures are forgotten each day at 03:00 UTC, when most providers' days are over. */
const dayStartsMs = 3 * 3_600_000

export class PoolStanding<C> {
  readonly pool: Pool<C>
  readonly around: Surroundings
  /** Best priority first; the owner's order among equals. */
  readonly keys: readonly KeyStanding<C>[]
  readonly flight: Flight = { inFlight: 0 }
  readonly retries: RetryBudget
  readonly sessions: Sessions<KeyModelStanding<C>> = new Sessions()
  readonly cycles: FairCycles<C> | undefined
  readonly #allowances = new Map<string, readonly Allowance<C>[]>()
  readonly #groupOf = new Map<string, string>()
  readonly #waiters = new Set<Waiter>()
  #dayEndsAt: Millis = 0

  constructor(pool: Pool<C>, around: Surroundings) {
    const { settings } = pool
    this.pool = pool
    this.around = around
    this.keys = pool.keys.toSorted((one, other) => one.priority - other.priority).map((key) => newKeyStanding(key, settings))
    this.retries = new RetryBudget(poolShare, this.flight, around.clock)
    for (const [group, models] of Object.entries(settings.quotaGroups ?? {})) {
      for (const model of models) this.#groupOf.set(model, group)
    }
    if (settings.fairCycle !== undefined) {
      this.cycles = new FairCycles(settings.fairCycle, this.keys, (key, name, now) => this.#openAt(key, name, now))
    }
  }

  get groups(): readonly string[] {
    return Object.keys(this.pool.settings.quotaGroups ?? {})
  }

  /** What limits of the model are counted under: its quota group's name, or its own. */
  quotaName(model: string): string {
    return this.#groupOf.get(model) ?? model
  }

  /** In the order of the keys. */
  allowancesFor(name: string): readonly Allowance<C>[] {
    const known = this.#allowances.get(name)
    if (known !== undefined) return known
    const made = this.keys.map((owner) => newAllowance(owner, name, this.pool.settings, this.around.clock))
    this.#allowances.set(name, made)
    return made
  }

  /** All that are known, by model or group. */
  get allowances(): ReadonlyMap<string, readonly Allowance<C>[]> {
    return this.#allowances
  }

  /** A model of its own that nobody has asked for in a long time. */
  forget(name: string): void {
    this.#allowances.delete(name)
  }

  /** A new day: what failed yesterday does not make today's rests longer. Rests that are on stay. */
  turnDay(now: Millis): void {
    if (now < this.#dayEndsAt) return
    const wallNow = this.around.clock.wallNow()
    this.#dayEndsAt = now + dayMs - ((((wallNow - dayStartsMs) % dayMs) + dayMs) % dayMs)
    for (const key of this.keys) if (key.rest.state.is === 'ready') key.restsInRow = 0
    for (const allowances of this.#allowances.values()) {
      for (const allowance of allowances) {
        allowance.faultsInRow = 0
        if (allowance.rest.state.is === 'ready') allowance.restsInRow = 0
      }
    }
  }

  join(waiter: Waiter): void {
    this.#waiters.add(waiter)
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter)
  }

  /** One slot is free: the one that has waited longest and can use it gets it. False: nobody could. */
  slotFreed(): boolean {
    for (const waiter of this.#waiters) {
      if (waiter.poke()) return true
    }
    return false
  }

  /** Something began or ended its rest: all who wait look again. */
  stateChanged(): void {
    for (const waiter of this.#waiters) waiter.poke()
  }

  #openAt(key: KeyStanding<C>, name: string, now: Millis): Millis {
    const allowance = this.#allowances.get(name)?.find(({ owner }) => owner === key)
    const rests = Math.max(key.rest.openAt, allowance?.rest.openAt ?? 0)
    return Math.max(rests, allowance?.told.openAt(now, 0) ?? 0, key.told.openAt(now, 0), allowance?.caps.until ?? 0)
  }
}
