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
  /** Whether a request that may have reached the provider, and was not answered, is sent again (F10, P4); true unless given. */
  readonly repeatsUnanswered?: boolean
  /** Off unless given: a second attempt beside a slow first one. */
  readonly hedge?: Hedge
}

/** A call that has not begun to answer when most others have is sent to a second key; the first answer wins (R22). */
export interface Hedge {
  /** The second one goes out when the first is slower than this part of the target's last answers (0.95), 20 of them at least. */
  readonly afterPercentile: number
  /** Second attempts are at most this part of all calls (0.05). */
  readonly mostShare: number
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
