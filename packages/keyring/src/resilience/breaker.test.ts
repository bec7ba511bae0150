/** How faults are counted, what goes on in spite of a rest, and how load comes back, seen from outside. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, failure, poolOf, seededChance } from '../harness.test.ts'

test('an answer that breaks after its commit counts as a fault, also for a target that has just come back', async () => {
  const bench = new Bench({ limits: { maxWaitMs: 0 } })
  for (let call = 0; call < 3; call++) {
    const pursued = await bench.settle(bench.pursue())
    assert.ok(pursued.kind === 'answered')
    pursued.finish({ failure: failure('truncated') })
  }
  assert.equal(bench.target()?.is, 'resting')
  bench.clock.advance(10_000)
  const pursued = await bench.settle(bench.pursue())
  assert.deepEqual(bench.target(), { is: 'ready' })
  assert.ok(pursued.kind === 'answered')
  pursued.finish({ failure: failure('truncated') })
  const state = bench.target()
  assert.ok(state?.is === 'resting')
  assert.equal(state.until - bench.clock.now(), 20_000)
})

test('an answer that its caller left counts neither way', async () => {
  const bench = new Bench({ limits: { maxWaitMs: 0 } })
  for (let call = 0; call < 5; call++) {
    const pursued = await bench.settle(bench.pursue())
    assert.ok(pursued.kind === 'answered')
    pursued.finish({ failure: failure('cancelled'), tokens: 7 })
  }
  assert.deepEqual(bench.state?.keys[0]?.totals, { requests: 5, successes: 0, failures: 0, tokens: 35 })
  assert.deepEqual(bench.target(), { is: 'ready' })
})

test('when everything rests for faults, the key that is back soonest is tried anyway (R8)', async () => {
  const bench = new Bench({ pools: [poolOf('pool', ['a']), poolOf('late', ['z'])], limits: { maxWaitMs: 0 } })
  const late = { pool: 'late', model: 'm' }
  const targets = [late, { pool: 'pool', model: 'm' }]
  bench.answers('*', 'upstream-broken')
  for (let call = 0; call < 3; call++) await bench.call({ targets: [late] })
  bench.clock.advance(5000)
  for (let call = 0; call < 3; call++) await bench.call()
  bench.asks.length = 0
  bench.answers('*', 'ok')
  const pursued = await bench.call({ targets })
  assert.equal(pursued.kind, 'answered')
  assert.deepEqual(bench.asks, ['z'])
  assert.ok(bench.events.some((event) => event.is === 'target.returned' && event.pool === 'late'))
})

test('the last key is not ejected by faults while the others are out for their own reasons', async () => {
  const bench = new Bench({ keys: ['a', 'b'], limits: { maxWaitMs: 0 } })
  bench.answers('a', 'key-rejected')
  bench.answers('b', 'stalled')
  for (let call = 0; call < 3; call++) await bench.call()
  assert.equal(bench.cell('b')?.is, 'resting')
  bench.answers('b', 'ok')
  const pursued = await bench.call()
  assert.equal(pursued.kind === 'answered' && pursued.key.id, 'b')
})

test('a limited key is never tried in spite of its rest', async () => {
  const bench = new Bench({ limits: { maxWaitMs: 0 } })
  bench.answers('a', 'rate-limited')
  for (let call = 0; call < 10; call++) await bench.call()
  assert.equal(bench.asks.length, 1)
})

test('load comes back to a target in steps while another one stands in (R9)', async () => {
  const bench = new Bench({ pools: [poolOf('pool', ['a']), poolOf('spare', ['s'])], chance: seededChance(11), limits: { maxWaitMs: 0 } })
  const targets = [
    { pool: 'pool', model: 'm' },
    { pool: 'spare', model: 'm' },
  ]
  bench.answers('a', 'unreachable')
  for (let call = 0; call < 4; call++) await bench.call()
  bench.clock.advance(20_000)
  bench.answers('a', 'ok')
  await bench.call()
  const share = async (calls: number) => {
    bench.asks.length = 0
    for (let call = 0; call < calls; call++) await bench.call({ targets })
    return bench.asks.filter((key) => key === 'a').length / calls
  }
  const first = await share(1000)
  assert.ok(first > 0.05 && first < 0.15, String(first))
  bench.clock.advance(15_000)
  const later = await share(1000)
  assert.ok(later > 0.45 && later < 0.55, String(later))
  bench.clock.advance(16_000)
  assert.equal(await share(100), 1)
  assert.equal((await bench.call()).kind, 'answered')
})

test('without another target or key all calls go to the one that came back', async () => {
  const bench = new Bench({ limits: { maxWaitMs: 0 } })
  bench.answers('a', 'unreachable')
  for (let call = 0; call < 3; call++) await bench.call()
  bench.clock.advance(20_000)
  bench.answers('a', 'ok')
  for (let call = 0; call < 20; call++) assert.equal((await bench.call()).kind, 'answered')
})

test('each rest and each return is announced once', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 5000 }), 'ok')
  for (let call = 0; call < 5; call++) await bench.call()
  bench.clock.advance(6000)
  for (let call = 0; call < 5; call++) await bench.call()
  assert.deepEqual(
    bench.events.map(({ is }) => is),
    ['key.rested', 'key.returned'],
  )
})
