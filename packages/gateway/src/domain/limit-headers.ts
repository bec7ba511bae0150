/** What a provider's rate-limit headers are called and what they mean: the catalogue fills it in, `read-limits.ts` reads by it. */
import type { LimitReading } from '@keywheel/keyring'

/** One limit and the headers that tell of it; names are in lower case. */
export interface LimitHeaders extends Pick<LimitReading, 'counts' | 'of' | 'windowMs' | 'refills'> {
  /** How much there is. */
  readonly limit?: string
  /** How much is left. */
  readonly remaining?: string
  /** When it is full again: a duration, seconds, an epoch in seconds or milliseconds, or a date. */
  readonly reset?: string
  /** How long the window is, in seconds, where a header says it. */
  readonly window?: string
}
