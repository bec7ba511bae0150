/** Tries targets and keys until one commits, as each failure's remedy says. The only candidate loop. */
import type { Chance, Clock, Millis } from './clock.ts'
import type { Keyring } from './keyring.ts'
import type { Key, KeyId, Plan, Target } from './pool.ts'
import type { Failure } from './verdict.ts'

/** An attempt committed (an answer has begun to arrive), or failed with a reason. It never throws for an expected failure. */
export type Outcome<A> = { readonly kind: 'committed'; readonly answer: A } | { readonly kind: 'failed'; readonly failure: Failure }

export interface AttemptAsk<T extends Target, C> {
  readonly target: T
  readonly key: Key<C>
  /** Counted from 1 over the whole pursuit. */
  readonly number: number
  /** Aborts when the caller leaves or the deadline passes. */
  readonly signal: AbortSignal
}

export interface Attempt {
  readonly pool: string
  readonly model: string
  readonly keyId: KeyId
  readonly keyLabel: string
  /** `clock.now()` when it began. */
  readonly startedAt: Millis
  readonly tookMs: Millis
  /** undefined: it committed. */
  readonly failure?: Failure
}

/** How the delivery of a committed answer ended. `failure` is what broke it after the commit, as far as the provider is to blame. */
export interface Ending {
  readonly failure?: Failure
  /** Tokens that the answer used, for usage windows and balancing; requests are counted in any case. */
  readonly tokens?: number
}

export type Pursued<T extends Target, C, A> =
  | {
      readonly kind: 'answered'
      readonly answer: A
      readonly target: T
      readonly key: Key<C>
      readonly attempts: readonly Attempt[]
      /** Gives the key's slot back and tells the pool how it went. The first call counts; later ones do nothing. */
      finish(ending: Ending): void
    }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly attempts: readonly Attempt[]; readonly refused: readonly Refused<T>[] }

/** A target that no attempt could be made on, and why. */
export interface Refused<T extends Target> {
  readonly target: T
  readonly why: 'no-keys' | 'all-resting' | 'all-busy' | 'target-resting'
  /** When the soonest key of it can be tried again. */
  readonly retryAfterMs?: Millis
}

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

export interface PursueTools<T extends Target, C> {
  readonly keyring: Keyring<C>
  readonly limits: PursueLimits
  readonly clock: Clock
  readonly chance: Chance
  readonly signal: AbortSignal
  readonly onAttempt?: (ask: AttemptAsk<T, C>) => void
  readonly onFailure?: (attempt: Attempt, ask: AttemptAsk<T, C>) => void
}

export declare function pursue<T extends Target, C, A>(
  plan: Plan<T>,
  attempt: (ask: AttemptAsk<T, C>) => Promise<Outcome<A>>,
  tools: PursueTools<T, C>,
): Promise<Pursued<T, C, A>>
