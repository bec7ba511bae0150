/** Models that share one quota, keys that only some models may use, and how many calls a key bears. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, breathe, failure } from '../harness.test.ts'

const second = 1000
const groups = { quotaGroups: { small: ['m', 'n'] } }
const ask = (model: string) => ({ targets: [{ pool: 'pool', model }] })

test('a model of a group that is limited closes the key for the whole group, and for no other model', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: groups })
  bench.answers('pool/m/a', failure('rate-limited', { retryAfterMs: 20 * second }))
  await bench.call(ask('m'))
  bench.asks.length = 0
  await bench.call(ask('n'))
  assert.deepEqual(bench.asks, ['b'])
  bench.asks.length = 0
  for (let call = 0; call < 2; call++) await bench.call(ask('other'))
  assert.deepEqual(bench.asks.toSorted(), ['a', 'b'])
  assert.equal(bench.state?.keys[0]?.models['m']?.group, 'small')
  assert.equal(bench.cell('a', 'm')?.is, 'resting')
})

test('use is counted over all models of a group, so that balance holds for the quota and not for the name', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { ...groups, tolerance: 0 } })
  for (const model of ['m', 'n', 'm', 'n']) await bench.call(ask(model))
  assert.deepEqual(bench.asks, ['a', 'b', 'a', 'b'])
  assert.equal(bench.state?.keys[0]?.models['n']?.use.requests ?? bench.state?.keys[0]?.models['m']?.use.requests, 2)
})

test('a model that wants a better tier gets no worse key, and one without a tier only when nothing else is left', async () => {
  const keys = [
    { id: 'paid', priority: 1, tier: 'paid' },
    { id: 'free', priority: 3, tier: 'free' },
    { id: 'plain', priority: 2 },
  ]
  const bench = new Bench({ keys, settings: { modelPriorities: { big: 1 } } })
  await bench.call(ask('big'))
  bench.answers('paid', failure('rate-limited', { retryAfterMs: 60 * second }))
  await bench.call(ask('big'))
  assert.deepEqual(bench.asks, ['paid', 'paid', 'plain'])
  bench.answers('plain', failure('rate-limited', { retryAfterMs: 60 * second }))
  const pursued = await bench.call(ask('big'))
  assert.equal(pursued.kind === 'failed' && pursued.failure.reason, 'rate-limited')
  assert.ok(!bench.asks.includes('free'))
})

test('a better tier bears more calls at once, as its multiplier says', async () => {
  const keys = [
    { id: 'a', priority: 1 },
    { id: 'b', priority: 2 },
  ]
  const settings = { maxConcurrency: 1, concurrencyMultipliers: { 1: 3 } }
  const bench = new Bench({ keys, settings })
  bench.tookMs = 1000
  const calls = Array.from({ length: 4 }, () => bench.pursue())
  await breathe()
  assert.deepEqual(bench.asks, ['a', 'a', 'a', 'b'])
  for (const pursued of await bench.settle(Promise.all(calls))) if (pursued.kind === 'answered') pursued.finish({})
})

test('three models of a key that are closed for hours rest the whole key for five minutes', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', failure('quota-exhausted', { retryAfterMs: 3 * 3600 * second }))
  for (const model of ['one', 'two']) await bench.call(ask(model))
  assert.equal(bench.whole('a')?.is, 'ready')
  await bench.call(ask('three'))
  const state = bench.whole('a')
  assert.ok(state?.is === 'resting')
  assert.equal(state.until - bench.clock.now(), 300 * second)
})

test('a new day forgets what failed yesterday, and leaves rests that are on', async () => {
  const bench = new Bench({ keys: ['a'], limits: { maxWaitMs: 0 }, chance: () => 0.5 })
  bench.answers('a', 'rate-limited')
  const restMs = async (): Promise<number> => {
    await bench.call()
    const state = bench.cell()
    assert.ok(state?.is === 'resting')
    return state.until - bench.clock.now()
  }
  assert.equal(await restMs(), 60 * second)
  bench.clock.advance(60 * second)
  assert.equal(await restMs(), 120 * second)
  bench.answers('a', 'ok')
  bench.clock.advance(121 * second)
  await bench.call({ attempt: () => Promise.resolve({ kind: 'failed', failure: failure('bad-request') }) })
  bench.clock.advance(24 * 3600 * second)
  await bench.call({ attempt: () => Promise.resolve({ kind: 'failed', failure: failure('bad-request') }) })
  assert.equal(bench.keyring.inFlight, 0)
})
