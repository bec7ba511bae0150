/** Each key is used up once before any is used again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, failure } from '../harness.test.ts'
import type { FairCycle } from '../pool.ts'

const minute = 60_000
const fairCycle: FairCycle = {
  tracks: 'model',
  crossesTiers: false,
  durationMs: 24 * 60 * minute,
  exhaustedFromMs: 5 * minute,
  quotaShare: 1,
  waitsForMs: 90_000,
}
const spent = failure('quota-exhausted', { retryAfterMs: 10 * minute })

test('a key that was used up is left alone after its rest until all others are used up too', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'], settings: { fairCycle } })
  bench.answers('a', spent, 'ok')
  await bench.call()
  bench.clock.advance(11 * minute)
  bench.asks.length = 0
  for (let call = 0; call < 20; call++) await bench.call()
  assert.ok(!bench.asks.includes('a'))
  assert.equal(bench.state?.keys[0]?.models['m']?.isUsedUp, true)
  const state = bench.cell('a')
  assert.ok(state?.is === 'resting' && state.until < bench.clock.now())
  bench.answers('b', spent, 'ok')
  bench.answers('c', spent, 'ok')
  for (let call = 0; call < 6; call++) await bench.call()
  bench.clock.advance(11 * minute)
  bench.asks.length = 0
  for (let call = 0; call < 12; call++) await bench.call()
  assert.deepEqual([...new Set(bench.asks)].toSorted(), ['a', 'b', 'c'])
})

test('a short rest does not use a key up', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { fairCycle } })
  bench.answers('a', failure('rate-limited', { retryAfterMs: minute }), 'ok')
  await bench.call()
  bench.clock.advance(2 * minute)
  for (let call = 0; call < 4; call++) await bench.call()
  assert.ok(bench.asks.slice(2).includes('a'))
})

test('a cycle ends after its longest time even if some key was never used up', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { fairCycle: { ...fairCycle, durationMs: 60 * minute } } })
  bench.answers('a', spent, 'ok')
  await bench.call()
  bench.clock.advance(61 * minute)
  bench.asks.length = 0
  for (let call = 0; call < 4; call++) await bench.call()
  assert.ok(bench.asks.includes('a'))
})

test('each tier has a cycle of its own, unless one cycle goes over all of them', async () => {
  const keys = [
    { id: 'a', priority: 1 },
    { id: 'b', priority: 2 },
  ]
  for (const crossesTiers of [false, true]) {
    const bench = new Bench({ keys, settings: { fairCycle: { ...fairCycle, crossesTiers } } })
    bench.answers('a', spent, 'ok')
    await bench.call()
    bench.clock.advance(11 * minute)
    bench.asks.length = 0
    await bench.call()
    // Alone in its tier, the key has begun a new cycle.
    assert.deepEqual(bench.asks, [crossesTiers ? 'b' : 'a'])
  }
})

test('a key as a whole is used up where that is what is tracked', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { fairCycle: { ...fairCycle, tracks: 'key' } } })
  bench.answers('pool/m/a', spent)
  await bench.call()
  bench.asks.length = 0
  for (let call = 0; call < 5; call++) await bench.call({ targets: [{ pool: 'pool', model: 'other' }] })
  assert.deepEqual([...new Set(bench.asks)], ['b'])
})

test('keys that are disabled or dead are nobody to wait for', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { fairCycle } })
  bench.keyring.disable('pool', 'b', 'a test')
  bench.answers('a', spent, 'ok')
  await bench.call()
  bench.clock.advance(11 * minute)
  assert.equal((await bench.call()).kind, 'answered')
})
