/** How failures are tried again. */
import type { Config } from './config.ts'
import { defaultRetry } from './defaults.ts'
import { given } from './given.ts'
import { seconds } from './readings.ts'
import { setting } from './settings.ts'
import type { Sources } from './sources.ts'

/** The environment wins over the file, the file over what is usual. */
export function retryOf(sources: Sources): Config['retry'] {
  const written = sources.file.content.retry
  const retry = {
    ...defaultRetry,
    ...given({
      maxAttemptsPerTarget: written?.max_attempts_per_target,
      maxAttemptsPerKey: written?.max_attempts_per_key,
      backoffBaseMs: written?.backoff_base_ms,
      backoffCapMs: written?.backoff_cap_ms,
      maxWaitMs: written?.max_wait_ms,
      acquireTimeoutMs: written?.acquire_timeout_ms,
    }),
    ...given({
      backoffBaseMs: setting(sources, 'TRANSIENT_RETRY_DELAY', seconds(0)),
      maxWaitMs: setting(sources, 'SMALL_COOLDOWN_RETRY_THRESHOLD', seconds(0)),
      acquireTimeoutMs: setting(sources, 'GLOBAL_TIMEOUT', seconds(1)),
    }),
  }
  return { ...retry, backoffCapMs: Math.max(retry.backoffBaseMs, retry.backoffCapMs) }
}
