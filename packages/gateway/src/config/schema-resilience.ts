/** The sections of the schema about failures: what is tried again, what is watched. */
import * as z from 'zod'
import { defaultHealth, defaultHedge, defaultRetry, defaultStreams } from './defaults.ts'
import type { FileContent } from './file-content.ts'
import { count, field, wait, waitOrNone } from './schema-fields.ts'

type Section<Name extends keyof FileContent> = NonNullable<FileContent[Name]>

export const retry: z.ZodType<Section<'retry'>> = z.strictObject({
  max_attempts_per_target: field(
    count,
    'Attempts on one provider and model before the next one of a chain.',
    defaultRetry.maxAttemptsPerTarget,
  ),
  max_attempts_per_key: field(count, 'Attempts with one key before the next one.', defaultRetry.maxAttemptsPerKey),
  backoff_base_ms: field(waitOrNone, 'Pause before the second attempt; it doubles with each further one.', defaultRetry.backoffBaseMs),
  backoff_cap_ms: field(waitOrNone, 'The longest such pause; never less than the base.', defaultRetry.backoffCapMs),
  max_wait_ms: field(
    waitOrNone,
    'A provider that asks for less patience than this gets it; else the next key is tried.',
    defaultRetry.maxWaitMs,
  ),
  acquire_timeout_ms: field(wait, 'How long a call waits for a key while all are busy or resting.', defaultRetry.acquireTimeoutMs),
  repeat_unanswered: field(
    z.boolean(),
    'Whether a request that may have reached the provider, and was not answered, is sent again.',
    defaultRetry.repeatsUnanswered,
  ),
  hedge: field(
    z.strictObject({
      after_percentile: field(
        z.number().min(0.5).max(0.999),
        'The second one goes out when the first is slower than this part of the last answers.',
        defaultHedge.afterPercentile,
      ),
      most_share: field(z.number().min(0).max(1), 'Second attempts are at most this part of all calls.', defaultHedge.mostShare),
    }),
    'Sends a slow call a second time with another key, and takes the first answer: costs tokens. Off unless it is here.',
  ),
})

export const streams: z.ZodType<Section<'streams'>> = z.strictObject({
  continue_cut: field(z.boolean(), 'A text that is cut after it has begun is continued by another target.', defaultStreams.continuesCut),
  retry_reasoning_only: field(
    z.boolean(),
    'Another target is still tried while everything that was sent is reasoning.',
    defaultStreams.retriesReasoningOnly,
  ),
  slowest_tokens_per_second: field(
    z.number().min(0).max(10_000),
    'A stream slower than this is given up; 0: none is.',
    defaultStreams.slowestTokensPerSecond,
  ),
  slow_for_ms: field(wait, 'For how long it has to be that slow.', defaultStreams.slowForMs),
})

export const health: z.ZodType<Section<'health'>> = z.strictObject({
  probes: field(
    z.boolean(),
    'Providers are asked for their list of models now and then; calls are watched in any case.',
    defaultHealth.probes,
  ),
  interval_ms: field(z.int().min(1000).max(86_400_000), 'Between two probes of a provider.', defaultHealth.intervalMs),
  timeout_ms: field(wait, 'How long a probe may take.', defaultHealth.timeoutMs),
  slow_ms: field(wait, 'A provider slower than this is degraded.', defaultHealth.slowMs),
  concurrency: field(z.int().min(1).max(1000), 'Probes at once at most.', defaultHealth.concurrency),
  retention_days: field(z.int().min(1).max(36_500), 'Days for which the history of providers is kept.', defaultHealth.retentionDays),
  test_dead_keys: field(
    z.boolean(),
    "Keys that were refused are tested with the provider's list of models when their rest is over.",
    defaultHealth.testsDeadKeys,
  ),
})
