import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from './manual-clock.ts'
import { formatDuration } from './rate-limits.ts'
import { answer } from './replies.ts'
import { ask, open } from './testing.test.ts'

test('requests per minute slide: one more fits when the oldest is a minute old', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock, keys: { a: { requestsPerMinute: 2 } } })
  const status = async (): Promise<number> => (await ask(simulator)).status
  assert.equal(await status(), 200)
  clock.advance(20_000)
  assert.equal(await status(), 200)
  const refused = await ask(simulator)
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), '40')
  clock.advance(39_999)
  assert.equal(await status(), 429)
  clock.advance(1)
  assert.equal(await status(), 200)
  assert.equal(await status(), 429)
})

test('tokens count what was asked and what was answered', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock, keys: { a: { tokensPerMinute: 20, reply: answer({ tokens: 10 }), announceLimits: true } } })
  const first = await ask(simulator)
  assert.equal(first.headers.get('x-ratelimit-remaining-tokens'), '7')
  assert.equal(first.headers.get('x-ratelimit-reset-tokens'), '1m0s')
  assert.equal((await ask(simulator)).status, 200)
  const refused = await ask(simulator)
  assert.equal(refused.status, 429)
  assert.partialDeepStrictEqual(await refused.json(), { error: { type: 'tokens', code: 'rate_limit_exceeded' } })
})

test('a day has a quota too', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock, keys: { a: { requestsPerDay: 1, limitForm: 'reset-header-duration' } } })
  assert.equal((await ask(simulator)).status, 200)
  clock.advance(60_000)
  const refused = await ask(simulator)
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('x-ratelimit-reset-requests'), '23h59m0s')
})

test('calls at once are counted until they end, however they end', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock, keys: { a: { concurrency: 1 } } })
  simulator.script('a', answer({ firstByteMs: 1000 }), answer())
  const leaving = new AbortController()
  const first = ask(simulator, {}, { signal: leaving.signal }).catch(() => undefined)
  const call = await simulator.seen(1)
  assert.equal((await ask(simulator)).status, 429)
  leaving.abort()
  await call.done
  await first
  assert.equal((await ask(simulator)).status, 200)
})

test('a limit is per key, and refusals cost nothing', async (t) => {
  const simulator = await open(t, { clock: new ManualClock(), otherKeys: { requestsPerMinute: 1 } })
  assert.equal((await ask(simulator, {}, { key: 'x' })).status, 200)
  assert.equal((await ask(simulator, {}, { key: 'x' })).status, 429)
  assert.equal((await ask(simulator, {}, { key: 'y' })).status, 200)
})

test('durations are printed as providers print them', () => {
  const printed = [0, 2, 350.2, 1200, 17_399.999, 60_000, 432_000, 7_205_000].map(formatDuration)
  assert.deepEqual(printed, ['0s', '2ms', '351ms', '1.2s', '17.4s', '1m0s', '7m12s', '2h0m5s'])
})
