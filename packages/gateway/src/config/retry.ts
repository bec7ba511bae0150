/** How failures are tried again. */
import type { Config } from './config.ts'
import { defaultHedge, defaultRetry } from './defaults.ts'
import type { FileContent } from './file-content.ts'
import { given } from './given.ts'
import { seconds, wholeNumber } from './readings.ts'
import { setting } from './settings.ts'
import type { Sources } from './sources.ts'

/** The environment wins over the file, the file over what is usual. */
export function retryOf(sources: Sources): Config['retry'] {
  const written = sources.file.content.retry ?? {}
  const retry = {
    ...defaultRetry,
    ...given({
      maxAttemptsPerTarget: written.max_attempts_per_target,
      maxAttemptsPerKey: written.max_attempts_per_key,
      backoffBaseMs: written.backoff_base_ms,
      backoffCapMs: written.backoff_cap_ms,
      maxWaitMs: written.max_wait_ms,
      acquireTimeoutMs: written.acquire_timeout_ms,
    }),
    ...given({
      maxAttemptsPerTarget: attemptsOf(sources),
      backoffBaseMs: backoffBaseOf(sources),
      maxWaitMs: setting(sources, 'SMALL_COOLDOWN_RETRY_THRESHOLD', seconds(0)),
      acquireTimeoutMs: setting(sources, 'GLOBAL_TIMEOUT', seconds(1)),
    }),
  }
  return {
    ...retry,
    ...hedgeOf(written.hedge),
    backoffCapMs: Math.max(retry.backoffBaseMs, retry.backoffCapMs),
    repeatsUnanswered: written.repeat_unanswered ?? retry.repeatsUnanswered,
  }
}

/** On where the file has an entry for it, even an empty one. */
function hedgeOf(written: NonNullable<FileContent['retry']>['hedge']): Pick<Config['retry'], 'hedge'> {
  if (written === null || written === undefined) return {}
  return { hedge: { ...defaultHedge, ...given({ afterPercentile: written.after_percentile, mostShare: written.most_share }) } }
}

/** It is called retries, but the first attempt has always been one of them. */
function attemptsOf(sources: Sources): number | undefined {
  const retries = setting(sources, 'MAX_UPSTREAM_RETRIES', wholeNumber(0, 1000))
  return retries === undefined ? undefined : Math.max(1, retries)
}

function backoffBaseOf(sources: Sources): number | undefined {
  const older = setting(sources, 'UPSTREAM_RETRY_BASE_MS', wholeNumber(0, 86_400_000))
  return setting(sources, 'TRANSIENT_RETRY_DELAY', seconds(0)) ?? older
}
