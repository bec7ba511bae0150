/** How a provider is, as people and programs are told. Plain data that later changes do not reach. */
import type { Millis } from '@keywheel/keyring'

export const providerStatuses = ['healthy', 'degraded', 'down', 'unknown'] as const

export type ProviderStatus = (typeof providerStatuses)[number]

export interface ProviderHealth {
  readonly provider: string
  readonly status: ProviderStatus
  /** Of its last probe; where it was never probed, the median of calls until their first content. 0: not known. */
  readonly responseTimeMs: Millis
  /** Of what was asked in the last 24 hours, the part that it did not fail by its own fault. */
  readonly uptimePercent: number
  /** Of the last five minutes' attempts, the part that it refused because a key's limit was reached. */
  readonly rateLimitPercent: number
  /** Since the Unix epoch; undefined: it was never asked for anything. */
  readonly lastCheckAt: Millis | undefined
  /** Why it is not healthy; scrubbed of secrets. */
  readonly errorMessage: string | undefined
  readonly consecutiveFailures: number
}
