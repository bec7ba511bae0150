/** What a key, a key's model or a target may be doing at a moment. */
import type { Millis } from '../clock.ts'
import type { FailureReason } from '../verdict.ts'

/** `resting` with `until` in the past waits for the one call that tests it; `probing` is that call under way. */
export type KeyState =
  | { readonly is: 'ready' }
  | {
      readonly is: 'resting'
      /** `clock.now()` based. */
      readonly until: Millis
      readonly why: FailureReason
      readonly source: 'hint' | 'growing' | 'cap' | 'operator'
      readonly failures: number
    }
  | { readonly is: 'probing'; readonly since: Millis; readonly failures: number }
  /** Refused by its provider: out of use until a test passes. `until` is when it is tested next. */
  | {
      readonly is: 'dead'
      readonly since: Millis
      readonly until: Millis
      readonly why: FailureReason
      readonly source: 'hint' | 'growing' | 'cap' | 'operator'
      readonly failures: number
    }
  /** Nothing was refused: a limit that was told or learnt, a cap, or the fair cycle keeps it back. */
  | { readonly is: 'exhausted'; readonly until: Millis; readonly by: 'limit' | 'learnt' | 'cap' | 'fair-cycle' }
  | { readonly is: 'disabled'; readonly by: string }

/** The variants that a probe ends. */
export type Resting = Extract<KeyState, { is: 'resting' | 'dead' }>
