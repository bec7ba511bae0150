/** How one key is picked among those that fit equally well. One file each in `strategies/`, named in `strategies/list.ts`. */
import type { Chance } from './clock.ts'

/** What a strategy sees of a key; the pool keeps it up to date. */
export interface Candidate {
  /** Requests for the model in the current day. */
  readonly usage: number
  /** Grows with each choice in the pool: a larger one was chosen later. */
  readonly lastChosen: number
  readonly owner: { readonly inFlight: number }
}

/** What a strategy may use besides the candidates. */
export interface StrategyAsk {
  /** See `PoolSettings.tolerance`. */
  readonly tolerance: number
  readonly chance: Chance
}

/** A way to pick; `fit` is never empty when it is asked, and `undefined` is given only for an empty one. */
export interface Strategy {
  /** Whether calls without a session stay on one key as well. */
  readonly staysOnKey: boolean
  choose<T extends Candidate>(fit: readonly T[], ask: StrategyAsk): T | undefined
}
