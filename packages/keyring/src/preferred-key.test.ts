/** Calls that one key alone can answer fully, such as those that hold what it has encrypted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, poolOf } from './harness.test.ts'

const prefers = { pool: 'pool', keyId: 'c' }

test('the key that a call prefers is chosen while it is usable, whatever its priority', async () => {
  const bench = new Bench({ keys: ['a', { id: 'b', priority: 1 }, { id: 'c', priority: 2 }] })
  for (let call = 0; call < 3; call++) await bench.call({ prefers })
  assert.deepEqual(bench.asks, ['c', 'c', 'c'])
})

test('where it rests or is full, the others are chosen as ever', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'], settings: { maxConcurrency: 1 } })
  const held = await bench.settle(bench.pursue({ prefers }))
  assert.equal(held.kind, 'answered')
  await bench.call({ prefers })
  bench.answers('c', 'rate-limited')
  if (held.kind === 'answered') held.finish({})
  await bench.call({ prefers })
  await bench.call({ prefers })
  assert.deepEqual(bench.asks.slice(0, 3), ['c', bench.asks[1], 'c'])
  assert.ok(!bench.asks.slice(3).includes('c') && bench.asks[1] !== 'c')
})

test('a key of another pool, or one that is gone, is nobody’s preference', async () => {
  const bench = new Bench({ pools: [poolOf('pool', ['a']), poolOf('spare', ['c'])] })
  await bench.call({ prefers })
  await bench.call({ prefers: { pool: 'spare', keyId: 'c' } })
  assert.deepEqual(bench.asks, ['a', 'a'])
})
