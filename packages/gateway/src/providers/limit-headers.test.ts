/** The shapes of the catalogue against headers as the providers sent them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLimits } from '../domain/read-limits.ts'
import { catalogue, findProvider } from './catalogue/list.ts'
import { customProvider } from './custom.ts'
import { providerName } from '../domain/names.ts'
import { everyLimitHeader } from './limit-headers.ts'

const now = Date.parse('2026-08-19T14:34:57Z')
const [minute, day] = [60_000, 86_400_000]

/** Headers, recorded or from the vendors' pages; of what is read: what counts, of what, window, limit, remaining, reset. */
for (const [name, headers, expected] of [
  [
    'openai',
    {
      'x-ratelimit-limit-requests': '15000',
      'x-ratelimit-limit-tokens': '40000000',
      'x-ratelimit-remaining-requests': '14999',
      'x-ratelimit-remaining-tokens': '39999000',
      'x-ratelimit-reset-requests': '4ms',
      'x-ratelimit-reset-tokens': '0s',
    },
    ['requests model steadily - 15000 14999 4', `tokens model steadily ${minute} 40000000 39999000 0`],
  ],
  [
    'groq',
    {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-limit-tokens': '6000',
      'x-ratelimit-remaining-requests': '14399',
      'x-ratelimit-remaining-tokens': '5987',
      'x-ratelimit-reset-requests': '6s',
      'x-ratelimit-reset-tokens': '130ms',
    },
    [`requests model steadily ${day} 14400 14399 6000`, `tokens model steadily ${minute} 6000 5987 130`],
  ],
  [
    'anthropic',
    {
      'anthropic-ratelimit-input-tokens-limit': '2000000',
      'anthropic-ratelimit-input-tokens-remaining': '1999000',
      'anthropic-ratelimit-input-tokens-reset': '2026-08-19T14:34:58Z',
      'anthropic-ratelimit-output-tokens-limit': '400000',
      'anthropic-ratelimit-output-tokens-remaining': '400000',
      'anthropic-ratelimit-output-tokens-reset': '2026-08-19T14:34:56Z',
      'anthropic-ratelimit-requests-limit': '20000',
      'anthropic-ratelimit-requests-remaining': '19999',
      'anthropic-ratelimit-requests-reset': '2026-08-19T14:34:57Z',
      'anthropic-ratelimit-tokens-limit': '2400000',
      'anthropic-ratelimit-tokens-remaining': '2399000',
      'anthropic-ratelimit-tokens-reset': '2026-08-19T14:34:57Z',
      'anthropic-ratelimit-unified-status': 'allowed',
    },
    [
      `requests model steadily ${minute} 20000 19999 0`,
      `tokens model steadily ${minute} 2400000 2399000 0`,
      `input-tokens model steadily ${minute} 2000000 1999000 1000`,
      `output-tokens model steadily ${minute} 400000 400000 0`,
    ],
  ],
  [
    'cerebras',
    {
      'x-ratelimit-limit-requests-day': '14400',
      'x-ratelimit-limit-tokens-minute': '60000',
      'x-ratelimit-remaining-requests-day': '13693',
      'x-ratelimit-remaining-tokens-minute': '59000',
      'x-ratelimit-reset-requests-day': '11726.2840924263',
      'x-ratelimit-reset-tokens-minute': '26.28409242630005',
    },
    [`tokens model steadily ${minute} 60000 59000 26285`, `requests model steadily ${day} 14400 13693 11726285`],
  ],
  [
    'mistral',
    {
      'x-ratelimit-limit-req-minute': '100',
      'x-ratelimit-limit-tokens-minute': '100000',
      'x-ratelimit-remaining-req-minute': '86',
      'x-ratelimit-remaining-tokens-minute': '97127',
      'x-ratelimit-tokens-query-cost': '171',
    },
    [`requests model at-reset ${minute} 100 86 -`, `tokens model at-reset ${minute} 100000 97127 -`],
  ],
  // A model that the plan has not.
  ['mistral', { 'x-ratelimit-limit-req-minute': '0', 'x-ratelimit-remaining-req-minute': '0' }, []],
  [
    'azure',
    {
      'x-ratelimit-limit-requests': '1000',
      'x-ratelimit-limit-tokens': '1000000',
      'x-ratelimit-remaining-requests': '999',
      'x-ratelimit-remaining-tokens': '999992',
      'x-ratelimit-renewalperiod-requests': '60',
      'x-ratelimit-reset-requests': '3',
    },
    [`requests model at-reset ${minute} 1000 999 3000`, 'tokens model at-reset - 1000000 999992 -'],
  ],
  // Azure's Responses API, where no limit is known.
  ['azure', { 'x-ratelimit-limit-tokens': '-1', 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '0' }, []],
  [
    'github-models',
    {
      'x-ratelimit-limit-requests': '20000',
      'x-ratelimit-remaining-requests': '19999',
      'x-ratelimit-renewalperiod-requests': '60',
      'x-ratelimit-reset-requests': '0',
    },
    [`requests model at-reset ${minute} 20000 19999 0`],
  ],
  ['cohere', { 'x-trial-endpoint-call-remaining': '19' }, [`requests model at-reset ${minute} - 19 -`]],
  [
    'openrouter',
    { 'x-ratelimit-limit': '50', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 42_000) },
    ['requests model at-reset - 50 0 42000'],
  ],
  [
    'together',
    { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': '1', 'x-tokenlimit-limit': '3000' },
    ['requests model at-reset 1000 10 9 1000'],
  ],
  ['moonshot', { 'x-ratelimit-limit': '200', 'x-ratelimit-remaining': '199' }, ['requests key at-reset - 200 199 -']],
  [
    'sambanova',
    {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '42',
      'x-ratelimit-reset-requests': '30',
      'x-ratelimit-limit-requests-day': '1500',
      'x-ratelimit-remaining-requests-day': '1497',
      'x-ratelimit-reset-requests-day': '4h17m',
    },
    [`requests model at-reset ${minute} 60 42 30000`, `requests model at-reset ${day} 1500 1497 15420000`],
  ],
  [
    'fireworks',
    {
      'x-ratelimit-limit-tokens-prompt': '3600000',
      'x-ratelimit-limit-tokens-generated': '36000',
      'x-ratelimit-remaining-tokens-generated': '0',
    },
    [`input-tokens key at-reset ${minute} 3600000 - -`, `output-tokens key at-reset ${minute} 36000 0 -`],
  ],
  [
    'xai',
    {
      'x-ratelimit-limit-requests': '1800',
      'x-ratelimit-limit-tokens': '10000000',
      'x-ratelimit-remaining-requests': '1800',
      'x-ratelimit-remaining-tokens': '10000000',
    },
    ['requests model at-reset - 1800 1800 -', `tokens model at-reset ${minute} 10000000 10000000 -`],
  ],
  [
    'huggingface',
    { ratelimit: '"api";r=489;t=189', 'ratelimit-policy': '"api";q=500;w=300' },
    ['requests model at-reset 300000 500 489 189000'],
  ],
  // Nothing is known of these, and nothing is guessed.
  ['gemini', { 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '0' }, []],
  ['nvidia', { 'x-ratelimit-remaining': '0' }, []],
] as const) {
  test(`what ${name} tells of its limits: ${expected.join(', ') || 'nothing'}`, () => {
    const table = findProvider(providerName(name))?.rateLimitHeaders ?? []
    const read = readLimits(headers, table, now) ?? []
    assert.deepEqual(
      read.map((one) =>
        [one.counts, one.of, one.refills, one.windowMs ?? '-', one.limit ?? '-', one.remaining ?? '-', one.resetInMs ?? '-'].join(' '),
      ),
      expected,
    )
  })
}

test('names are in lower case, stand for one limit only, and each limit of a provider can be told from its others', () => {
  for (const { name, rateLimitHeaders = [] } of catalogue) {
    const names = rateLimitHeaders.flatMap(({ limit, remaining, reset, window }) => [limit, remaining, reset, window].filter(Boolean))
    assert.equal(new Set(names).size, names.length, name)
    for (const header of names) assert.match(String(header), /^[a-z][a-z\d-]+$/, name)
    const limits = rateLimitHeaders.map(({ counts, windowMs }) => `${counts} ${windowMs}`)
    assert.equal(new Set(limits).size, limits.length, name)
  }
})

test('a refusal is explained by every name that any provider of the catalogue has for a reset', () => {
  const known = new Set(everyLimitHeader.map(({ reset }) => reset))
  for (const { name, rateLimitHeaders = [] } of catalogue) {
    for (const { reset } of rateLimitHeaders) assert.ok(reset === undefined || known.has(reset), `${name} ${reset}`)
  }
})

test('a server of the owner’s own is expected to send what the vendor of its dialect does, and its windows are not guessed', () => {
  const headers = { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '59', 'x-ratelimit-reset-requests': '1s' }
  const own = customProvider({ name: 'my-box', baseUrl: 'http://127.0.0.1:1/v1' })
  assert.deepEqual(readLimits(headers, own.rateLimitHeaders ?? [], now), [
    { counts: 'requests', of: 'model', refills: 'at-reset', limit: 60, remaining: 59, resetInMs: 1000 },
  ])
  const claude = customProvider({ name: 'my-claude', baseUrl: 'http://127.0.0.1:1/v1', dialect: 'anthropic-messages' })
  assert.equal(readLimits({ 'anthropic-ratelimit-requests-remaining': '5' }, claude.rateLimitHeaders ?? [], now)?.[0]?.remaining, 5)
})
