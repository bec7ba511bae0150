/** All pools of keys and what is known of each key at this moment. */
import type { Chance, Clock, Millis } from './clock.ts'
import type { KeyId, Pool, Target } from './pool.ts'
import type { FailureReason } from './verdict.ts'

export type KeyState =
  | { readonly is: 'ready' }
  | {
      readonly is: 'resting'
      /** `clock.now()` based. */
      readonly until: Millis
      readonly why: FailureReason
      readonly source: 'hint' | 'growing' | 'operator'
      readonly failures: number
    }
  | { readonly is: 'probing'; readonly since: Millis; readonly failures: number }

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
  readonly models: Readonly<
    Record<string, { readonly state: KeyState; readonly inFlight: number; readonly requests: number; readonly tokens: number }>
  >
}

export interface PoolSnapshot {
  readonly name: string
  readonly rotation: 'balanced' | 'sequential'
  readonly keys: readonly KeySnapshot[]
  /** Breakers of targets, per model. */
  readonly targets: Readonly<Record<string, KeyState>>
}

export type KeyringEvent =
  | {
      readonly is: 'key.rested'
      readonly pool: string
      readonly keyId: KeyId
      readonly keyLabel: string
      readonly model?: string
      readonly why: FailureReason
      readonly forMs: Millis
    }
  | { readonly is: 'key.returned'; readonly pool: string; readonly keyId: KeyId; readonly keyLabel: string; readonly model?: string }
  | { readonly is: 'target.rested'; readonly pool: string; readonly model: string; readonly why: FailureReason; readonly forMs: Millis }
  | { readonly is: 'target.returned'; readonly pool: string; readonly model: string }

export interface KeyringOptions<C> {
  readonly pools: readonly Pool<C>[]
  readonly clock: Clock
  readonly chance: Chance
  readonly announce?: (event: KeyringEvent) => void
}

export declare class Keyring<C> {
  constructor(options: KeyringOptions<C>)
  readonly poolNames: readonly string[]
  hasKeys(pool: string): boolean
  snapshot(): readonly PoolSnapshot[]
  /** Calls in flight over all pools; back to zero when nothing runs. */
  readonly inFlight: number
  /** Milliseconds until some key of the target can be tried; 0 when one is ready; undefined without keys. */
  readyIn(target: Target): Millis | undefined
}
