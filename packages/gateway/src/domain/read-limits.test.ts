import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { LimitHeaders } from './limit-headers.ts'
import { readLimits } from './read-limits.ts'
import type { AnswerHeaders } from './read-limits.ts'

const now = Date.parse('2026-11-24T12:00:00Z')
const row: LimitHeaders = { counts: 'requests', of: 'model', refills: 'at-reset', limit: 'l', remaining: 'r', reset: 't', window: 'w' }
const read = (headers: AnswerHeaders): unknown => readLimits(headers, [row], now)
const [counts, of, refills] = ['requests', 'model', 'at-reset']

test('where no header is, nothing is read', () => {
  assert.equal(read({}), undefined)
  assert.equal(read({ date: 'x', 'content-type': 'application/json', 'x-ratelimit-limit': '5' }), undefined)
})

test('what is told is read, and nothing is made up', () => {
  assert.deepEqual(read({ l: '60', r: '59', t: '1s' }), [{ counts, of, refills, limit: 60, remaining: 59, resetInMs: 1000 }])
  assert.deepEqual(read({ r: ' 0 ' }), [{ counts, of, refills, remaining: 0 }])
  assert.deepEqual(read({ l: '60', r: '59', w: '60' }), [{ counts, of, refills, limit: 60, remaining: 59, windowMs: 60_000 }])
})

/** Resets in every form, in milliseconds. */
for (const [told, expected] of [
  ['6m0s', 360_000],
  ['2m59.56s', 179_560],
  ['12ms', 12],
  ['0s', 0],
  ['33', 33_000],
  ['0', 0],
  ['26.28409242630005', 26_285],
  ['33011.382867097855', 33_011_383],
  [String(now / 1000 + 9), 9000],
  [String(now + 9000), 9000],
  ['2026-11-24T12:00:42Z', 42_000],
  ['2026-11-24T12:00:42.5+00:00', 42_500],
  ['Tue, 24 Nov 2026 12:01:00 GMT', 60_000],
  // A full bucket's date, whose second is over.
  ['2026-11-24T11:59:59Z', 0],
] as const) {
  test(`a reset of ${told} is in ${expected} ms`, () => {
    assert.deepEqual(read({ r: '5', t: told }), [{ counts, of, refills, remaining: 5, resetInMs: expected }])
  })
}

test('dates are compared with the provider’s own clock', () => {
  const headers = { r: '5', t: '2026-11-24T12:05:30Z', date: 'Tue, 24 Nov 2026 12:05:00 GMT' }
  assert.deepEqual(read(headers), [{ counts, of, refills, remaining: 5, resetInMs: 30_000 }])
})

for (const headers of [
  { l: '-1', r: '-1', t: '0' },
  { r: '-1' },
  { r: 'NaN' },
  { r: '' },
  { r: '  ' },
  { r: 'Infinity' },
  { r: '1e9' },
  { r: '0x10' },
  { r: '50, 50' },
  { r: ['5', '5'] },
  { r: ['5'] },
  { l: '0', r: '0' },
  { r: '9999999999999999999' },
  { r: '5', t: '' },
  { r: '5', t: 'soon' },
  { r: '5', t: 'try 5' },
  { r: '5', t: '-3' },
  { r: '5', t: '-3s' },
  // A thousand million seconds is no wait, and as an epoch it is long over.
  { r: '5', t: '1000000000' },
  { r: '5', t: '999999999' },
  { r: '5', t: '1e9' },
  { r: '5', t: '2026-11-24T11:00:00Z' },
  { r: '5', t: '2099-11-24T11:00:00Z' },
  { r: '5', t: ['1s', '2s'] },
] as const) {
  test(`${JSON.stringify(headers)} gives no reading`, () =>
    assert.equal(read(structuredClone(headers) as unknown as AnswerHeaders), undefined))
}

test('a window that makes no sense is not told', () => {
  for (const w of ['0', '-60', 'minute', '99999999']) assert.deepEqual(read({ r: '5', w }), [{ counts, of, refills, remaining: 5 }])
})

for (const [field, policy, expected] of [
  ['"default";r=50;t=30', undefined, [{ remaining: 50, resetInMs: 30_000 }]],
  ['"default";r=50;t=30', '"default";q=100;w=60', [{ remaining: 50, resetInMs: 30_000, limit: 100, windowMs: 60_000 }]],
  // Hugging Face's.
  ['"api";r=489;t=189', '"fixed window";"api";q=500;w=300', [{ remaining: 489, resetInMs: 189_000, limit: 500, windowMs: 300_000 }]],
  [
    '"burst";r=9;t=1, "day";r=900;t=3600',
    '"burst";q=10;w=1,"day";q=1000;w=86400;qu="tokens"',
    [
      { remaining: 9, resetInMs: 1000, limit: 10, windowMs: 1000 },
      { counts: 'tokens', remaining: 900, resetInMs: 3_600_000, limit: 1000, windowMs: 86_400_000 },
    ],
  ],
  ['"calls";r=2', '"calls";q=5;qu="concurrent-requests"', []],
  ['"a";r=-1;t=3', undefined, []],
  ['"a";t=3', undefined, []],
  ['"a";r=5;t=1000000000000', undefined, [{ remaining: 5 }]],
  ['nonsense', 'nonsense', []],
  ['', undefined, []],
  [['"a";r=5;t=3', '"a";r=5;t=3'], undefined, []],
] as const) {
  test(`RateLimit ${JSON.stringify(field)} with the policy ${policy} is understood from everybody`, () => {
    const headers: AnswerHeaders = { ratelimit: typeof field === 'string' ? field : [...field], 'ratelimit-policy': policy }
    const readings = readLimits(headers, [], now) ?? []
    assert.equal(readings.length, expected.length)
    for (const [index, told] of expected.entries()) assert.deepEqual(readings[index], { counts, of, refills, ...told })
  })
}

test('the three fields of older drafts are understood from everybody', () => {
  const headers = { 'ratelimit-limit': '100', 'ratelimit-remaining': '40', 'ratelimit-reset': '7' }
  assert.deepEqual(readLimits(headers, [], now), [{ counts, of, refills, limit: 100, remaining: 40, resetInMs: 7000 }])
})

test('whatever comes, a reading holds finite numbers that are not negative', () => {
  const text = fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String), fc.constantFrom('5s', '1e400', '"a";r=5;t=3', '-0'))
  const names = fc.constantFrom('l', 'r', 't', 'w', 'date', 'ratelimit', 'ratelimit-policy', 'ratelimit-remaining')
  fc.assert(
    fc.property(fc.dictionary(names, fc.oneof(text, fc.array(text, { maxLength: 2 }))), (headers) => {
      for (const { limit = 1, remaining = 0, resetInMs = 0, windowMs = 1 } of readLimits(headers, [row], now) ?? []) {
        assert.ok([limit, remaining, resetInMs, windowMs].every((number) => Number.isFinite(number) && number >= 0))
        assert.ok(limit > 0 && windowMs > 0)
      }
    }),
    { seed: 11, numRuns: 3000 },
  )
})
