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
      /** Who said how long: the provider, our own growing rests, a cap of the owner's, or an operator. */
      readonly source: 'hint' | 'growing' | 'cap' | 'operator'
    }
  /** The provider does not accept the key any more: it is left alone until a test passes, the next one in `forMs`. */
  | {
      readonly is: 'key.dead'
      readonly pool: string
      readonly keyId: KeyId
      readonly keyLabel: string
      readonly why: FailureReason
      readonly forMs: Millis
    }
  | {
      readonly is: 'key.disabled' | 'key.enabled'
      readonly pool: string
      readonly keyId: KeyId
      readonly keyLabel: string
      readonly by: string
    }
  | { readonly is: 'key.returned'; readonly pool: string; readonly keyId: KeyId; readonly keyLabel: string; readonly model?: string }
  | { readonly is: 'target.rested'; readonly pool: string; readonly model: string; readonly why: FailureReason; readonly forMs: Millis }
  | { readonly is: 'target.returned'; readonly pool: string; readonly model: string }
