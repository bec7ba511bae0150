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
      readonly source: 'hint' | 'growing' | 'operator'
      readonly failures: number
    }
  | { readonly is: 'probing'; readonly since: Millis; readonly failures: number }

/** The variant that has an end. */
export type Resting = Extract<KeyState, { is: 'resting' }>
