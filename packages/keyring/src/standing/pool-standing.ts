/** One pool at this moment: its keys, its targets, its calls in flight, and who waits for it. */
import type { Chance, Clock } from '../clock.ts'
import type { KeyringEvent } from '../events.ts'
import type { Pool } from '../pool.ts'
import { RetryBudget } from '../resilience/budget.ts'
import type { Flight } from '../resilience/budget.ts'
import { newKeyStanding } from './key-standing.ts'
import type { KeyModelStanding, KeyStanding } from './key-standing.ts'
import { Sessions } from './sessions.ts'

/** What all pools of a keyring share. */
export interface Surroundings {
  readonly clock: Clock
  readonly chance: Chance
  readonly announce: ((event: KeyringEvent) => void) | undefined
  readonly flight: Flight
  readonly retries: RetryBudget
}

/** A pursuit that waits: told of each change, it says whether it took a slot. */
export interface Waiter {
  poke(): boolean
}

const poolShare = 0.2

export class PoolStanding<C> {
  readonly pool: Pool<C>
  readonly around: Surroundings
  /** Best priority first; the owner's order among equals. */
  readonly keys: readonly KeyStanding<C>[]
  readonly flight: Flight = { inFlight: 0 }
  readonly retries: RetryBudget
  readonly sessions: Sessions<KeyModelStanding<C>> = new Sessions()
  readonly #waiters = new Set<Waiter>()

  constructor(pool: Pool<C>, around: Surroundings) {
    this.pool = pool
    this.around = around
    this.keys = pool.keys.toSorted((one, other) => one.priority - other.priority).map(newKeyStanding)
    this.retries = new RetryBudget(poolShare, this.flight)
  }

  join(waiter: Waiter): void {
    this.#waiters.add(waiter)
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter)
  }

  /** One slot is free: the one that has waited longest and can use it gets it. */
  slotFreed(): void {
    for (const waiter of this.#waiters) {
      if (waiter.poke()) return
    }
  }

  /** Something began or ended its rest: all who wait look again. */
  stateChanged(): void {
    for (const waiter of this.#waiters) waiter.poke()
  }
}
