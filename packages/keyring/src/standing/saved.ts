/** What is remembered of a pool over a restart: plain data, hashed key ids, never a credential. */
import type { Millis } from '../clock.ts'
import type { LimitReading } from '../limit-reading.ts'
import type { KeyId } from '../pool.ts'
import type { FailureReason } from '../verdict.ts'

/** A rest that was on. Both ends are kept, so that neither a jump of the clock nor a long stop makes it longer. */
export interface SavedRest {
  readonly is: 'resting' | 'dead'
  readonly why: FailureReason
  readonly source: 'hint' | 'growing' | 'cap' | 'operator'
  readonly failures: number
  /** `clock.wallNow()` based. */
  readonly untilWall: Millis
  readonly remainingMs: Millis
}

/** A limit that was told. */
export interface SavedLimit {
  readonly counts: LimitReading['counts']
  readonly refills: LimitReading['refills']
  readonly windowMs?: Millis
  readonly limit?: number
  readonly remaining?: number
  /** `clock.wallNow()` based. */
  readonly resetsAtWall: Millis
}

/** A limit per minute, or of calls at once, that was learnt. */
export interface SavedLearnt {
  readonly counts: 'requests' | 'tokens' | 'atOnce'
  readonly most: number
}

/** A key's model or quota group. */
export interface SavedAllowance {
  readonly rest?: SavedRest
  readonly restsInRow: number
  /** Use in the window under way; the window ends at `endsAtWall`. */
  readonly use: { readonly requests: number; readonly tokens: number; readonly endsAtWall: Millis }
  /** A cap's rest, `clock.wallNow()` based. */
  readonly cappedUntilWall?: Millis
  readonly limits: readonly SavedLimit[]
  readonly learnt: readonly SavedLearnt[]
  /** Requests in a window at which the quota was used up. */
  readonly windowRequests?: number
}

/** One key. */
export interface SavedKey {
  readonly id: KeyId
  readonly rest?: SavedRest
  readonly restsInRow: number
  /** Who disabled it. */
  readonly disabledBy?: string
  readonly limits: readonly SavedLimit[]
  /** By model or quota group. */
  readonly allowances: Readonly<Record<string, SavedAllowance>>
}

/** One pool. Keys that no longer exist are dropped when it is read back. */
export interface SavedPool {
  readonly name: string
  /** `clock.wallNow()` when it was saved. */
  readonly savedAt: Millis
  readonly keys: readonly SavedKey[]
  /** Keys that are used up in the cycle under way, by what the cycle is of. */
  readonly cycles: Readonly<Record<string, { readonly beganAtWall: Millis; readonly exhausted: readonly KeyId[] }>>
}
