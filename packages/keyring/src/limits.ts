/** What bounds a pursuit, and what it works with. */
import type { Chance, Clock, Millis } from './clock.ts'
import type { Keyring } from './keyring.ts'
import type { Target } from './pool.ts'
import type { Attempt, AttemptAsk } from './pursued.ts'

/** Bounds of one pursuit. */
export interface PursueLimits {
  /** Attempts at one target that may end in a fault of the provider or the network (R1). */
  readonly maxAttemptsPerTarget: number
  /** Attempts with one key within one pursuit. */
  readonly maxAttemptsPerKey: number
  readonly backoffBaseMs: Millis
  readonly backoffCapMs: Millis
  /** Wait for the soonest key rather than fail, if it is back within this. */
  readonly maxWaitMs: Millis
  /** All waiting for keys within one pursuit together. */
  readonly acquireTimeoutMs: Millis
}

/** What a pursuit works with. */
export interface PursueTools<T extends Target, C> {
  readonly keyring: Keyring<C>
  readonly limits: PursueLimits
  readonly clock: Clock
  readonly chance: Chance
  readonly signal: AbortSignal
  /** Called as an attempt begins. Like `onFailure` it must not throw: that is a bug, and leaves the pursuit as an exception. */
  readonly onAttempt?: (ask: AttemptAsk<T, C>) => void
  readonly onFailure?: (attempt: Attempt, ask: AttemptAsk<T, C>) => void
}
