import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { failureReasons } from '@keywheel/keyring'
import * as fc from 'fast-check'
import { readProviderFailure } from './provider-failure.ts'

function read(status: number, body: unknown, headers: Record<string, string> = {}): ReturnType<typeof readProviderFailure> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return readProviderFailure({ status, headers, body: Buffer.from(text), wallNow: 0 })
}

const openAi = (message: string, type: string, code: string | null = null, param: string | null = null): object => ({
  error: { message, type, param, code },
})

interface Shape {
  readonly what: string
  readonly status: number
  readonly body: unknown
  readonly reason: string
  /** A pattern that the message fits. */
  readonly message: string
}

/** Every shape that a provider has been seen to explain itself in. */
const shapes = JSON.parse(readFileSync(new URL('fixtures/provider-errors.json', import.meta.url), 'utf8')) as readonly Shape[]

for (const { what, status, body, reason, message } of shapes) {
  test(`${what}: ${status} is ${reason}`, () => {
    const failure = read(status, body)
    assert.equal(failure.reason, reason)
    assert.match(failure.message, new RegExp(message))
    assert.deepEqual([failure.status, failure.sent], [status, 'yes'])
  })
}

test('type, code and param are kept, numbers as texts', () => {
  assert.deepEqual(read(400, openAi('x', 'a', 'b', 'c')).told, { type: 'a', code: 'b', param: 'c' })
  assert.deepEqual(read(429, { error: { code: 429, message: 'x' } }).told, { type: undefined, code: '429', param: undefined })
  assert.deepEqual(read(400, { error_type: 'T', message: 'x' }).told, { type: 'T', code: undefined, param: undefined })
})

test('the caller’s own words cannot put a key to rest', () => {
  assert.equal(
    read(400, openAi("Invalid value: 'billing'. Supported values are: 'a'.", 'invalid_request_error', 'invalid_value')).reason,
    'bad-request',
  )
  assert.equal(read(400, openAi("Invalid 'tools[0].function.name': 'quota_per_day'", 'invalid_request_error')).reason, 'bad-request')
  for (const said of [
    'This organization has been disabled',
    'User location is not supported',
    'country, region, or territory not supported',
  ]) {
    assert.notEqual(read(400, openAi(`Invalid value: '${said}'.`, 'invalid_request_error')).reason, 'key-rejected')
  }
})

test('keys are masked in whatever a provider repeats', () => {
  const key = 'sk-proj-abcDEF0123456789abcdef'
  for (const body of [
    openAi(`Bad key ${key}.`, 'x'),
    `Bad key ${key}`,
    { detail: [{ msg: key }] },
    { error: { message: 'x', type: key, code: key, param: key } },
  ]) {
    assert.ok(!JSON.stringify(read(401, body)).includes('abcDEF'), JSON.stringify(body))
  }
})

test('a long explanation is cut, and so are its words', () => {
  const failure = read(400, openAi('m'.repeat(50_000), 't'.repeat(5000), 'c'.repeat(5000)))
  assert.equal(failure.message.length, 2000)
  assert.ok((failure.told?.type?.length ?? 0) <= 200 && (failure.told?.code?.length ?? 0) <= 200)
})

test('a hint to wait comes along, and only when there is one', () => {
  assert.equal(read(429, openAi('Please try again in 1.2s', 'x')).retryAfterMs, 1200)
  assert.equal(read(503, '', { 'retry-after': '9' }).retryAfterMs, 9000)
  assert.ok(!('retryAfterMs' in read(429, openAi('x', 'x'))))
})

test('a day’s quota of Google’s comes back at midnight in California, not after its delay of seconds', () => {
  const details = [{ violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }] }, { retryDelay: '34s' }]
  const body = Buffer.from(JSON.stringify({ error: { code: 429, message: 'Please retry in 34s.', status: 'RESOURCE_EXHAUSTED', details } }))
  const noon = Date.parse('2026-11-24T12:00:00Z')
  const failure = readProviderFailure({ status: 429, headers: {}, body, wallNow: noon })
  assert.deepEqual([failure.reason, failure.retryAfterMs], ['quota-exhausted', 20 * 3_600_000])
})

test('64 KiB made to be slow take less than 20 ms', () => {
  const pieces = [
    'model ',
    'model',
    'retry in ',
    'retry in 1',
    'try again in 1s',
    '1',
    '1.1',
    '1h',
    'a',
    ' ',
    '\\"',
    '[',
    '{"a":',
    'eyJ',
    'api_key=',
    'does not ',
    'context',
    '<',
    'é',
    'insufficient ',
    'billing',
    'retryDelay',
    ';r=0',
    '\\u0000',
  ]
  for (const piece of pieces) {
    const filler = piece.repeat(Math.floor(65_000 / piece.length))
    for (const body of [
      filler,
      `{"error":{"message":"${filler.replaceAll('"', '')}"}}`,
      `[{"error":{"details":[{"retryDelay":"${filler}`,
      `{"detail":[${'{"msg":"a"},'.repeat(5000)}{}]}`,
    ]) {
      for (const status of [400, 413, 429]) {
        const tookMs = Math.min(
          ...[1, 2, 3].map(() =>
            timed(() => read(status, body, { 'retry-after': filler.slice(0, 16_000), ratelimit: filler.slice(0, 16_000) })),
          ),
        )
        assert.ok(tookMs < 20, `${JSON.stringify(piece)} with ${status} took ${tookMs} ms`)
      }
    }
  }
})

test('whatever comes, there is a failure and never an exception', () => {
  const field = fc.oneof(fc.anything(), fc.string(), fc.constantFrom('x', 429, null))
  const errors = fc.record(
    { message: field, type: field, code: field, param: field, detail: field, details: fc.oneof(field, fc.array(field)), status: field },
    { requiredKeys: [] },
  )
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .oneof(errors, fc.record({ error: fc.oneof(errors, field) }), fc.array(errors))
      .map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  )
  const headers = fc.dictionary(
    fc.constantFrom('retry-after', 'retry-after-ms', 'date', 'x-ratelimit-reset'),
    fc.oneof(fc.string(), fc.array(fc.string())),
  )
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), body, headers, (status, bytes, told) => {
      const failure = readProviderFailure({ status, headers: told, body: bytes, wallNow: 0 })
      assert.ok(failureReasons.includes(failure.reason))
      assert.ok(failure.message !== '' && failure.message.length <= 2000)
    }),
    { seed: 10, numRuns: 3000 },
  )
})

function timed(work: () => unknown): number {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}
