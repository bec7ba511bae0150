/**
 * The rate-limit headers that providers send, as named shapes for the catalogue. `at-reset` and no window where the provider says no
 * more; `steadily` where its documentation speaks of a token bucket.
 */
import type { ChatDialectName } from '../domain/chat-dialects.ts'
import type { LimitHeaders } from '../domain/limit-headers.ts'

type Nature = Pick<LimitHeaders, 'of' | 'windowMs' | 'refills'>

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

const atReset: Nature = { of: 'model', refills: 'at-reset' }
const steadily: Nature = { of: 'model', refills: 'steadily' }
const within = (nature: Nature, windowMs: number): Nature => ({ ...nature, windowMs })

/** `x-ratelimit-limit-requests` and its two neighbours. */
function named(suffix: string, counts: LimitHeaders['counts'], nature: Nature): LimitHeaders {
  const of = (part: string): string => `x-ratelimit-${part}-${suffix}`
  return { counts, ...nature, limit: of('limit'), remaining: of('remaining'), reset: of('reset') }
}

/** The same names as OpenAI's, from whoever does not say more of them. */
const openAiNames: readonly LimitHeaders[] = [named('requests', 'requests', atReset), named('tokens', 'tokens', atReset)]

/**
 * Requests are by the minute for most keys and by the day for some (one of 10,000 comes back in 8.64 s), so that only their resets tell;
 * developers.openai.com/api/docs/guides/rate-limits.
 */
export const openAiLimits: readonly LimitHeaders[] = [
  named('requests', 'requests', steadily),
  named('tokens', 'tokens', within(steadily, minuteMs)),
]

/**
 * "Always refers to Requests Per Day" and "to Tokens Per Minute" (console.groq.com/docs/rate-limits). The limit by the minute that
 * mostly bites is told only by refusals.
 */
export const groqLimits: readonly LimitHeaders[] = [
  named('requests', 'requests', within(steadily, dayMs)),
  named('tokens', 'tokens', within(steadily, minuteMs)),
]

function anthropicNamed(counts: LimitHeaders['counts']): LimitHeaders {
  const of = (part: string): string => `anthropic-ratelimit-${counts}-${part}`
  return { counts, ...within(steadily, minuteMs), limit: of('limit'), remaining: of('remaining'), reset: of('reset') }
}

/** Token buckets by the minute for each class of models; platform.claude.com/docs/en/api/rate-limits. */
export const anthropicLimits: readonly LimitHeaders[] = [
  anthropicNamed('requests'),
  anthropicNamed('tokens'),
  anthropicNamed('input-tokens'),
  anthropicNamed('output-tokens'),
]

/** Two are documented, all six have been seen (2026-07); a token bucket, inference-docs.cerebras.ai/support/rate-limits. */
export const cerebrasLimits: readonly LimitHeaders[] = (
  [
    ['minute', minuteMs],
    ['hour', hourMs],
    ['day', dayMs],
  ] as const
).flatMap(([word, windowMs]) => [
  named(`requests-${word}`, 'requests', within(steadily, windowMs)),
  named(`tokens-${word}`, 'tokens', within(steadily, windowMs)),
])

/**
 * Not in the documentation; recorded 2025-2026, on whole answers only. There is no reset: its minutes are those of the clock. The
 * month's tokens are left out, as nothing says when they come back.
 */
export const mistralLimits: readonly LimitHeaders[] = [
  {
    counts: 'requests',
    ...within(atReset, minuteMs),
    limit: 'x-ratelimit-limit-req-minute',
    remaining: 'x-ratelimit-remaining-req-minute',
  },
  {
    counts: 'tokens',
    ...within(atReset, minuteMs),
    limit: 'x-ratelimit-limit-tokens-minute',
    remaining: 'x-ratelimit-remaining-tokens-minute',
  },
  { counts: 'tokens', ...atReset, limit: 'ratelimitbysize-limit', remaining: 'ratelimitbysize-remaining', reset: 'ratelimitbysize-reset' },
]

/** OpenAI's names with resets in seconds and a header for the window; GitHub Models is served by Azure and sends the same. */
export const azureLimits: readonly LimitHeaders[] = [
  { ...named('requests', 'requests', atReset), window: 'x-ratelimit-renewalperiod-requests' },
  { ...named('tokens', 'tokens', atReset), window: 'x-ratelimit-renewalperiod-tokens' },
]

/** Trial keys only, with calls by the minute for each endpoint (docs.cohere.com/docs/rate-limits); the limit itself is often left out. */
export const cohereLimits: readonly LimitHeaders[] = [
  {
    counts: 'requests',
    ...within(atReset, minuteMs),
    limit: 'x-trial-endpoint-call-limit',
    remaining: 'x-trial-endpoint-call-remaining',
  },
]

/** The plain names without a word of what is counted: requests. */
const plainNames: LimitHeaders = {
  counts: 'requests',
  ...atReset,
  limit: 'x-ratelimit-limit',
  remaining: 'x-ratelimit-remaining',
  reset: 'x-ratelimit-reset',
}

/** Refusals of free models only, with the reset as an epoch in milliseconds; whose limit it is stands in a sentence. */
export const openRouterLimits: readonly LimitHeaders[] = [plainNames]

/**
 * Requests by the second (docs.together.ai/docs/rate-limits). Its tokens by the second say nothing of whether a prompt is taken that is
 * longer than those of a second.
 */
export const togetherLimits: readonly LimitHeaders[] = [{ ...plainNames, windowMs: 1000 }]

/** One limit over all models of an account (platform.moonshot.ai/docs/intro); the names: www.kimi.com/help/kimi-api/api-rate-limits. */
export const moonshotLimits: readonly LimitHeaders[] = [{ ...plainNames, of: 'key' }]

/** The plain names are by the minute; docs.sambanova.ai/docs/en/models/rate-limits. */
export const sambaNovaLimits: readonly LimitHeaders[] = [
  named('requests', 'requests', within(atReset, minuteMs)),
  named('requests-day', 'requests', within(atReset, dayMs)),
]

/**
 * Tokens by the minute over the whole account, told apart by direction (docs.fireworks.ai/serverless/rate-limits). The limit of uncached
 * input is left out: two limits of one kind and one window would be taken for each other.
 */
export const fireworksLimits: readonly LimitHeaders[] = [
  named('tokens-prompt', 'input-tokens', { of: 'key', windowMs: minuteMs, refills: 'at-reset' }),
  named('tokens-generated', 'output-tokens', { of: 'key', windowMs: minuteMs, refills: 'at-reset' }),
]

/** No resets (recorded 2026). Tokens are by the minute; requests are by the second and by the minute, docs.x.ai/developers/rate-limits. */
export const xaiLimits: readonly LimitHeaders[] = [
  named('requests', 'requests', atReset),
  named('tokens', 'tokens', within(atReset, minuteMs)),
]

/**
 * Every name there is. A refusal is explained by whatever of them is there, also by a provider that documents none; whether a key
 * is about to be refused is not guessed so.
 */
export const everyLimitHeader: readonly LimitHeaders[] = [
  ...openAiNames,
  ...anthropicLimits,
  ...cerebrasLimits,
  ...mistralLimits,
  ...cohereLimits,
  ...fireworksLimits,
  plainNames,
]

/** What a server of the owner's own is expected to send: what the vendor of its dialect does, without the vendor's windows. */
export function limitHeadersOf(dialect: ChatDialectName): readonly LimitHeaders[] {
  return dialect === 'anthropic-messages' ? anthropicLimits : openAiNames
}
