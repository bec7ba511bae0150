/** What the keyring announces; each once per transition. */
import type { Millis } from './clock.ts'
import type { KeyId } from './pool.ts'
import type { FailureReason } from './verdict.ts'

/** A rest began (also again, after a failed probe), or the first call after a rest committed. `forMs` is in milliseconds. */
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
