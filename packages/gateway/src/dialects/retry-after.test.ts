import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { LimitHeaders } from '../domain/limit-headers.ts'
import { longestRetryAfterMs, retryAfterMs } from './retry-after.ts'

const now = Date.parse('2026-11-24T12:00:00Z')
const hour = 3_600_000

function limit(
  counts: LimitHeaders['counts'],
  prefix: string,
  suffix: string,
  refills: LimitHeaders['refills'] = 'at-reset',
): LimitHeaders {
  const named = (part: string): string => `${prefix}${part}${suffix}`
  return { counts, of: 'model', refills, limit: named('limit'), remaining: named('remaining'), reset: named('reset') }
}

/** What a provider might send; the catalogue's own shapes have their tests beside them. */
const limitHeaders: readonly LimitHeaders[] = [
  limit('requests', 'x-ratelimit-', '-requests'),
  limit('tokens', 'x-ratelimit-', '-tokens'),
  limit('requests', 'x-ratelimit-', '-requests-day'),
  limit('requests', 'anthropic-ratelimit-requests-', '', 'steadily'),
  limit('input-tokens', 'anthropic-ratelimit-input-tokens-', '', 'steadily'),
  limit('output-tokens', 'anthropic-ratelimit-output-tokens-', '', 'steadily'),
  limit('tokens', 'ratelimitbysize-', ''),
  limit('requests', 'x-ratelimit-', ''),
]

function hint(headers: Record<string, string | string[]>, body: unknown = ''): number | undefined {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return retryAfterMs({ status: 429, headers, body: Buffer.from(text), wallNow: now, limitHeaders })
}

for (const [headers, expected] of [
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': ' 0.35 ' }, 350],
  [{ 'retry-after': '1e9' }, hour],
  [{ 'retry-after': '99999' }, hour],
  [{ 'retry-after': '0' }, undefined],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': 'NaN' }, undefined],
  [{ 'retry-after': 'Infinity' }, undefined],
  [{ 'retry-after': '1e999' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': ['', '5'] }, 5000],
  [{ 'retry-after': ['5', '60'] }, 5000],
  [{ 'retry-after': ['soon', '60'] }, 60_000],
  [{ 'retry-after': [] }, undefined],
  [{ 'retry-after-ms': '350', 'retry-after': '7' }, 350],
  [{ 'retry-after-ms': '350.4' }, 351],
  // Azure sends both.
  [{ 'retry-after-ms': '0', 'retry-after': '1' }, 1000],
  [{ 'retry-after-ms': '-5', 'retry-after': '1' }, 1000],
  [{ 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' }, 30_000],
  // A provider whose clock is five minutes ahead, then five behind.
  [{ 'retry-after': 'Tue, 24 Nov 2026 12:05:30 GMT', date: 'Tue, 24 Nov 2026 12:05:00 GMT' }, 30_000],
  [{ 'retry-after': 'Tue, 24 Nov 2026 11:55:30 GMT', date: 'Tue, 24 Nov 2026 11:55:00 GMT' }, 30_000],
  [{ 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT', date: 'yesterday' }, 30_000],
  [{ 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT' }, undefined],
  [{ 'retry-after': 'Tue, 24 Nov 2099 11:00:00 GMT' }, hour],
] as const) {
  test(`${JSON.stringify(headers)} is ${expected} ms`, () =>
    assert.equal(hint(structuredClone(headers) as Record<string, string | string[]>), expected))
}

/** The reset headers of limits, by what remains of each. */
for (const [what, headers, expected] of [
  [
    'OpenAI, requests used up',
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '8.64s',
      'x-ratelimit-remaining-tokens': '900',
      'x-ratelimit-reset-tokens': '7m12s',
    },
    8640,
  ],
  [
    'OpenAI, both used up: the later',
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '2ms',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    360_000,
  ],
  [
    'OpenAI, nothing used up',
    {
      'x-ratelimit-remaining-requests': '99',
      'x-ratelimit-reset-requests': '8.64s',
      'x-ratelimit-remaining-tokens': '5',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    undefined,
  ],
  ['resets without what remains: the sooner', { 'x-ratelimit-reset-requests': '8s', 'x-ratelimit-reset-tokens': '6m0s' }, 8000],
  ['Azure, plain seconds', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '33' }, 33_000],
  [
    'Anthropic, a time stamp',
    { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-11-24T12:00:42Z' },
    42_000,
  ],
  [
    'Anthropic, input tokens',
    {
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-24T12:01:00Z',
      date: 'Tue, 24 Nov 2026 12:00:30 GMT',
    },
    30_000,
  ],
  [
    'Anthropic, output tokens',
    { 'anthropic-ratelimit-output-tokens-remaining': '0', 'anthropic-ratelimit-output-tokens-reset': '2026-11-24T12:01:00Z' },
    60_000,
  ],
  ['OpenRouter, epoch milliseconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 9000) }, 9000],
  ['epoch seconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 9) }, 9000],
  [
    'a bucket that is filled steadily: one request of fifty comes back first',
    {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-11-24T12:01:00Z',
    },
    1200,
  ],
  [
    'a bucket of tokens, where nobody knows how many are needed',
    {
      'anthropic-ratelimit-input-tokens-limit': '50000',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-24T12:01:00Z',
    },
    60_000,
  ],
  ['a limit told twice', { 'x-ratelimit-remaining': ['0', '0'], 'x-ratelimit-reset': '12' }, undefined],
  ['nobody in the catalogue, as the IETF wants it', { ratelimit: '"burst";r=0;t=7, "day";r=0;t=3600, "month";r=9;t=86400' }, 3_600_000],
  ['Together, seconds', { 'x-ratelimit-reset': '12' }, 12_000],
  [
    'Cerebras, seconds to the next day',
    { 'x-ratelimit-remaining-requests-day': '0', 'x-ratelimit-reset-requests-day': '33011.382' },
    33_011_382,
  ],
  ['Mistral, older', { 'ratelimitbysize-remaining': '0', 'ratelimitbysize-reset': '23' }, 23_000],
  ['Hugging Face, used up', { ratelimit: '"api";r=0;t=295' }, 295_000],
  ['Hugging Face, not used up', { ratelimit: '"api";r=999;t=295' }, undefined],
  ['a reset in the past', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now - 1) }, undefined],
  ['nonsense', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, undefined],
] as const) {
  test(`limits of ${what}: ${expected} ms`, () =>
    assert.equal(hint(structuredClone(headers) as unknown as Record<string, string>), expected))
}

const google = (...details: readonly object[]): object => ({
  error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota', details },
})

for (const [what, body, expected] of [
  ['RetryInfo', google({ '@type': 'QuotaFailure' }, { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }), 34_400],
  ['RetryInfo in an array', [google({ retryDelay: '48s' })], 48_000],
  ['RetryInfo with seconds', google({ retryDelay: { seconds: '48' } }), 48_000],
  ['RetryInfo of days', google({ retryDelay: '562476.752463453s' }), longestRetryAfterMs],
  ['quotaResetDelay', google({ reason: 'RATE_LIMIT_EXCEEDED', metadata: { quotaResetDelay: '156h14m36.7s' } }), longestRetryAfterMs],
  ['a short quotaResetDelay', google({ metadata: { quotaResetDelay: '1h2m3.5s' } }), 3_723_500],
  ['quotaResetTimeStamp', google({ metadata: { quotaResetTimeStamp: '2026-11-24T12:10:00Z' } }), 600_000],
  ['a delay beside quotaResetTimeStamp', google({ metadata: { quotaResetTimeStamp: '2026-11-24T12:10:00Z' } }, { retryDelay: '5s' }), 5000],
  ['quotaResetTimeStamp that is nonsense', google({ metadata: { quotaResetTimeStamp: 'soon' } }), undefined],
  // Noon of the 24th in Greenwich is four in the morning in California.
  [
    'a day’s quota, with a delay of seconds',
    google({ violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] }, { retryDelay: '34s' }),
    20 * hour,
  ],
  [
    'a minute’s quota',
    google({ violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier' }] }, { retryDelay: '34s' }),
    34_000,
  ],
  [
    'OpenRouter, its headers over again',
    {
      error: {
        code: 429,
        message: 'x',
        metadata: { headers: { 'X-RateLimit-Limit': '50', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(now + 42_000) } },
      },
    },
    42_000,
  ],
  ['headers that are none', { error: { metadata: { headers: 'x-ratelimit-reset' } } }, undefined],
  ['RetryInfo that is nonsense', google({ retryDelay: 'never' }, { retryDelay: '5s' }), 5000],
  ['RetryInfo of nothing', google({ retryDelay: '0s' }), undefined],
  ['broken JSON', '{"error":{"details":[{"retryDelay":"5s"', undefined],
  ['Groq', 'Please try again in 50.597142857s. Visit https://console.groq.com', 50_598],
  ['minutes and seconds', 'Rate limit reached. Please try again in 7m12s.', 432_000],
  ['one minute', 'try again in 1m0s', 60_000],
  ['milliseconds', 'Try again in 2ms', 2],
  ['Gemini', 'Please retry in 48.939935699s.', 48_940],
  ['Azure', 'Please retry after 33 seconds.', 33_000],
  ['a number alone', 'retry after 5', 5000],
  ['a number before a full stop', 'retry after 1.5.', 1500],
  ['s with a space', 'try again in 20 s', 20_000],
  ['ms with a space', 'try again in 500 ms', 500],
  ['milliseconds in words', 'try again in 500 milliseconds', 500],
  ['minutes in words', 'try again in 2 minutes', 120_000],
  ['min', 'try again in 5 min', 300_000],
  ['an hour', 'available again in 1 hour', hour],
  ['days', 'try again in 3 days', longestRetryAfterMs],
  ['no number', 'try again in a while', undefined],
  ['no sentence', 'limit 500, used 3', undefined],
] as const) {
  test(`the body says ${what}: ${expected} ms`, () => assert.equal(hint({}, body), expected))
}

test('headers come before the body, and a header that says nothing does not silence the body', () => {
  assert.equal(hint({ 'retry-after': '3' }, 'try again in 9s'), 3000)
  assert.equal(hint({ 'retry-after': 'soon' }, 'try again in 9s'), 9000)
  assert.equal(hint({ 'x-ratelimit-reset': '3' }, google({ retryDelay: '9s' })), 9000)
})

test('whatever comes, a hint is a whole number of milliseconds up to a day, or none', () => {
  const text = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.constantFrom('5s', '1e400', '-0', '0x10'),
  )
  const names = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'date',
    'x-ratelimit-reset',
    'x-ratelimit-remaining',
    'x-ratelimit-reset-tokens',
    'ratelimit',
  )
  fc.assert(
    fc.property(fc.dictionary(names, fc.oneof(text, fc.array(text, { maxLength: 2 }))), fc.oneof(text, fc.json()), (headers, body) => {
      const ms = hint(headers, body)
      assert.ok(ms === undefined || (Number.isInteger(ms) && ms > 0 && ms <= longestRetryAfterMs), String(ms))
    }),
    { seed: 9, numRuns: 3000 },
  )
})
