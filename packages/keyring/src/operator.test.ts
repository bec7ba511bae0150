/** What an operator, or a test outside of calls, does to keys. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, failure } from './harness.test.ts'

const hour = 3_600_000

test('a disabled key is used for nothing and waited for by nobody, until it is enabled', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  assert.equal(bench.keyring.disable('pool', 'a', 'ops'), true)
  for (let call = 0; call < 10; call++) await bench.call()
  assert.deepEqual([...new Set(bench.asks)], ['b'])
  assert.deepEqual(bench.whole('a'), { is: 'disabled', by: 'ops' })
  assert.equal(bench.keyring.disable('pool', 'b', 'ops'), true)
  const pursued = await bench.call()
  assert.equal(pursued.kind === 'failed' && pursued.failure.reason, 'nobody-fit')
  assert.equal(bench.keyring.readyIn({ pool: 'pool', model: 'm' }), undefined)
  assert.equal(bench.keyring.enable('pool', 'a', 'ops'), true)
  assert.equal((await bench.call()).kind, 'answered')
  assert.equal(bench.keyring.disable('pool', 'nobody', 'ops'), false)
  assert.deepEqual(
    bench.events.map(({ is }) => is),
    ['key.disabled', 'key.disabled', 'key.enabled'],
  )
})

test('clearing ends rests at once: of one model, of one key, or of a whole pool', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('*', failure('quota-exhausted', { retryAfterMs: 10 * hour }))
  for (const model of ['m', 'n']) await bench.call({ targets: [{ pool: 'pool', model }] })
  assert.equal(bench.keyring.clear({ pool: 'pool', keyId: 'a', model: 'm' }), 1)
  assert.deepEqual([bench.cell('a', 'm')?.is, bench.cell('a', 'n')?.is], ['ready', 'resting'])
  assert.equal(bench.keyring.clear({ pool: 'pool', keyId: 'a' }), 1)
  assert.deepEqual([bench.cell('a', 'n')?.is, bench.cell('b', 'm')?.is], ['ready', 'resting'])
  assert.equal(bench.keyring.clear({ pool: 'pool' }), 1)
  assert.deepEqual([bench.cell('b', 'm')?.is, bench.cell('b', 'n')?.is], ['ready', 'ready'])
  assert.equal(bench.keyring.clear({ pool: 'nowhere' }), 0)
})

test('clearing a pool ends the rest of a target as well', async () => {
  const bench = new Bench()
  bench.answers('a', 'unreachable')
  for (let call = 0; call < 3; call++) await bench.call()
  assert.equal(bench.target()?.is, 'resting')
  bench.keyring.clear({ pool: 'pool' })
  assert.deepEqual(bench.target(), { is: 'ready' })
})

test('a dead key comes back when a test outside of calls passes, and no call had to pay for it', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', 'key-rejected', 'ok')
  await bench.call()
  assert.equal(bench.whole('a')?.is, 'dead')
  assert.deepEqual(bench.keyring.dueTests(), [])
  bench.clock.advance(4.5 * 60_000)
  assert.deepEqual(
    bench.keyring.dueTests().map(({ key }) => key.id),
    ['a'],
  )
  bench.keyring.keyRefused('pool', 'a', failure('key-rejected'))
  assert.deepEqual(bench.keyring.dueTests(), [])
  const state = bench.whole('a')
  assert.ok(state?.is === 'dead')
  assert.equal(state.until - bench.clock.now(), 600_000)
  bench.keyring.keyPassed('pool', 'a')
  assert.deepEqual(bench.whole('a'), { is: 'ready' })
  // It died once and returned once, however often it was tested.
  assert.deepEqual(
    bench.events.map(({ is }) => is),
    ['key.dead', 'key.returned'],
  )
})

test('the credential of a key can be had for such a test', () => {
  const bench = new Bench()
  assert.equal(bench.keyring.keyOf('pool', 'a')?.credential, 'secret-a')
  assert.equal(bench.keyring.keyOf('pool', 'z'), undefined)
})
