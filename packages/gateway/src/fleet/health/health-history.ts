/** Where the health of providers is kept over time. Declared here, implemented by the storage. */
import type { Millis } from '@keywheel/keyring'
import type { ProviderHealth } from './provider-health.ts'

/** How a provider was after a check, after a change, or over a minute in which it was called. */
export interface HealthRow extends ProviderHealth {
  readonly lastCheckAt: Millis
  /** Since the Unix epoch; a row of the same provider and time takes the place of the earlier one. */
  readonly createdAt: Millis
}

export interface HealthHistory {
  /** Returns at once; the rows are written elsewhere, many at a time. */
  put(rows: readonly HealthRow[]): void
  /** What was put before is found. By time; the newest 100,000 where there are more. */
  read(since: Millis, provider?: string): Promise<readonly HealthRow[]>
}

/** Where nothing is kept. */
export const noHistory: HealthHistory = { put: () => undefined, read: () => Promise.resolve([]) }
