/** What came of asking a provider whether it accepts a key. */
import type { Failure } from './failure.ts'

export interface KeyTest {
  /** The provider answered with the key and did not refuse it. */
  readonly ok: boolean
  /** Of the provider's answer; 0 where there was none. */
  readonly status: number
  readonly latencyMs: number
  /** Why it is not ok. `unsupported`: such a key cannot be tested without spending. */
  readonly failure?: Failure
}
