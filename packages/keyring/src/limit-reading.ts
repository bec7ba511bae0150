/** What a provider's answer tells of a limit: how much there is, how much is left, and when it is full again. */
import type { Millis } from './clock.ts'

/** Read from the headers of any answer, good or bad. Absent means that nothing was told, never zero. */
export interface LimitReading {
  /** What the limit counts. Input and output tokens are told apart where the provider does. */
  readonly counts: 'requests' | 'tokens' | 'input-tokens' | 'output-tokens'
  /** `key`: the limit is one for all models of the key. `model`: for the model (or its quota group) alone. */
  readonly of: 'key' | 'model'
  /** The window's length where the header's name or value tells it: 60,000 for a minute, 86,400,000 for a day. */
  readonly windowMs?: Millis
  readonly limit?: number
  readonly remaining?: number
  /** From the moment the answer came until the limit is full again. */
  readonly resetInMs?: Millis
  /** `at-reset`: nothing comes back before. `steadily`: it is refilled all the time (token buckets), and full then. */
  readonly refills: 'at-reset' | 'steadily'
}
