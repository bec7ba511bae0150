/** What an attempt is asked, what it says, and what a pursuit gives back. */
import type { Millis } from './clock.ts'
import type { LimitReading } from './limit-reading.ts'
import type { Key, KeyId, Target } from './pool.ts'
import type { Failure } from './verdict.ts'

/** An attempt committed (an answer has begun to arrive), or failed with a reason. It never throws for an expected failure. */
export type Outcome<A> = ({ readonly kind: 'committed'; readonly answer: A } | { readonly kind: 'failed'; readonly failure: Failure }) & {
  /** What the answer's headers told of the key's limits. */
  readonly readings?: readonly LimitReading[]
}

/** One try of one target with one key. */
export interface AttemptAsk<T extends Target, C> {
  readonly target: T
  readonly key: Key<C>
  /** Counted from 1 over the whole pursuit. */
  readonly number: number
  /** Aborts when the caller leaves or the deadline passes. */
  readonly signal: AbortSignal
}

/** How one try went. */
export interface Attempt {
  /** As in `AttemptAsk`; attempts are listed in the order in which they ended. */
  readonly number: number
  readonly pool: string
  readonly model: string
  readonly keyId: KeyId
  readonly keyLabel: string
  /** `clock.now()` when it began. */
  readonly startedAt: Millis
  readonly tookMs: Millis
  /** undefined: it committed. */
  readonly failure?: Failure
  /** Sent while another attempt was still under way; the one that lost has the reason `cancelled`. */
  readonly hedge?: true
}

/** How the delivery of a committed answer ended. `failure` is what broke it after the commit, as far as the provider is to blame. */
export interface Ending {
  readonly failure?: Failure
  /** Tokens that the answer used, for usage windows and balancing; requests are counted in any case. */
  readonly tokens?: number
}

/** A pursuit ends with an answer that has begun, or with the reason why there is none. */
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
