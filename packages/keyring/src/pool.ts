/** What a pool of keys is made of, as its owner describes it. */

/** A key's public name: the first 12 hex digits of a hash of the key, never the key itself. */
export type KeyId = string

/** `C` is whatever the caller's `attempt` needs to use the key; the keyring never looks inside. */
export interface Key<C> {
  readonly id: KeyId
  readonly credential: C
  /** What people see, masked. */
  readonly label: string
  /** 1 is best; keys of a worse priority are chosen only while no better one is usable. */
  readonly priority: number
}

export interface PoolSettings {
  readonly rotation: 'balanced' | 'sequential'
  /** Balanced only. 0 takes strictly the least used key; 2 to 4 spread moderately; from 5 nearly evenly. */
  readonly tolerance: number
  /** Soft: a key with fewer calls in flight is preferred. undefined: no preference. */
  readonly optimalConcurrency?: number
  /** Hard: a key with this many calls in flight is not chosen. undefined: unlimited. */
  readonly maxConcurrency?: number
}

export interface Pool<C> {
  readonly name: string
  readonly keys: readonly Key<C>[]
  readonly settings: PoolSettings
}

/** Where a call can go: one model of one pool. Callers extend it with what their `attempt` needs. */
export interface Target {
  readonly pool: string
  readonly model: string
}

export interface Plan<T extends Target> {
  /** Best first. */
  readonly targets: readonly T[]
  /** All attempts and waits together end after this; the committed answer may take longer to arrive. */
  readonly deadlineMs: number
  /** Calls of one session prefer the key that the session used before. */
  readonly session?: string
  /** The key that alone can read something in the call: chosen before all others while it is usable, whatever its priority. */
  readonly prefers?: { readonly pool: string; readonly keyId: KeyId }
}
