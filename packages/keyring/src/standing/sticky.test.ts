/** Calls that stay with a key because its prompt cache is warm. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, breathe, failure } from '../harness.test.ts'

const second = 1000

test('a limited key of a session is waited for, where the owner thinks its prompt cache worth it', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { waitsForWarmMs: 8 * second } })
  const session = 'conversation'
  await bench.call({ session })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 5 * second }), 'ok')
  await bench.call()
  await bench.call()
  bench.asks.length = 0
  const began = bench.clock.now()
  const pursued = await bench.call({ session })
  assert.equal(pursued.kind === 'answered' && pursued.key.id, 'a')
  const waitedMs = bench.clock.now() - began
  assert.ok(waitedMs >= 5 * second && waitedMs <= 5.6 * second, String(waitedMs))
  assert.deepEqual(bench.asks, ['a'])
})

test('a key that is away for longer than that is not waited for', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { waitsForWarmMs: 8 * second } })
  const session = 'conversation'
  await bench.call({ session })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 9 * second }), 'ok')
  await bench.call()
  await bench.call()
  const began = bench.clock.now()
  const pursued = await bench.call({ session })
  assert.equal(pursued.kind === 'answered' && pursued.key.id, 'b')
  assert.equal(bench.clock.now(), began)
})

test('in sequential rotation a busy key is waited for, fifteen seconds at most', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { rotation: 'sequential', maxConcurrency: 1 }, limits: { maxWaitMs: 60 * second } })
  await bench.call()
  bench.tookMs = 4 * second
  const long = bench.pursue()
  await breathe()
  const next = bench.call()
  bench.clock.advance(4 * second)
  const ended = await long
  assert.ok(ended.kind === 'answered')
  ended.finish({})
  const pursued = await bench.settle(next)
  assert.equal(pursued.kind === 'answered' && pursued.key.id, 'a')
  bench.tookMs = 100 * second
  const longer = bench.pursue()
  await breathe()
  bench.tookMs = 0
  const began = bench.clock.now()
  const other = await bench.call()
  assert.equal(other.kind === 'answered' && other.key.id, 'b')
  assert.equal(bench.clock.now() - began, 15 * second)
  await bench.settle(longer)
})

test('in balanced rotation nobody waits for a busy key', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { maxConcurrency: 1 } })
  const session = 's'
  await bench.call({ session })
  bench.tookMs = 10 * second
  const long = bench.pursue({ session })
  await breathe()
  bench.tookMs = 0
  const began = bench.clock.now()
  assert.equal((await bench.call({ session })).kind, 'answered')
  assert.equal(bench.clock.now(), began)
  await bench.settle(long)
})
