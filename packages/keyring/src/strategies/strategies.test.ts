/** Which key is chosen, seen from outside. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Bench, poolOf, seededChance } from '../harness.test.ts'

const m = { pool: 'pool', model: 'm' }

function tally(asks: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const key of asks) counts[key] = (counts[key] ?? 0) + 1
  return counts
}

test('tolerance 0 takes strictly the least used key, among equals the one with fewest calls in flight, then the first', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'] })
  const first = await bench.settle(bench.pursue())
  await bench.call()
  await bench.call()
  await bench.call()
  assert.deepEqual(bench.asks, ['a', 'b', 'c', 'b'])
  assert.ok(first.kind === 'answered')
  first.finish({})
})

test('weighted choice follows its formula', async () => {
  // Usage 4 and 0 with tolerance 1 weigh 2 and 6: three of four choices take the unused key.
  const { balanced } = await import('./balanced.ts')
  const chance = seededChance(42)
  const used = { usage: 4, lastChosen: 1, owner: { inFlight: 0 } }
  const unused = { usage: 0, lastChosen: 0, owner: { inFlight: 0 } }
  let wins = 0
  for (let draw = 0; draw < 10_000; draw++) if (balanced.choose([used, unused], { tolerance: 1, chance }) === unused) wins += 1
  assert.ok(Math.abs(wins / 10_000 - 0.75) < 0.02, String(wins))
})

test('whatever the tolerance and the seed, calls are spread fairly over equal keys', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 0, max: 5 }), fc.integer(), async (keys, tolerance, seed) => {
      const bench = new Bench({
        keys: Array.from({ length: keys }, (_, key) => `k${key}`),
        settings: { tolerance },
        chance: seededChance(seed),
      })
      for (let call = 0; call < keys * 40; call++) await bench.pursue()
      const counts = Object.values(tally(bench.asks))
      assert.equal(counts.length, keys)
      const spread = Math.max(...counts) - Math.min(...counts)
      assert.ok(spread <= (tolerance === 0 ? 1 : 30), JSON.stringify(counts))
    }),
    { numRuns: 40 },
  )
})

test('a key of a worse priority is chosen only while no better one is usable', async () => {
  const bench = new Bench({
    pools: [
      poolOf(
        'pool',
        [
          { id: 'backup', priority: 2 },
          { id: 'main', priority: 1 },
          { id: 'second', priority: 1 },
        ],
        { maxConcurrency: 1 },
      ),
    ],
  })
  const held = [await bench.settle(bench.pursue()), await bench.settle(bench.pursue()), await bench.settle(bench.pursue())]
  assert.deepEqual(bench.asks, ['main', 'second', 'backup'])
  for (const pursued of held) if (pursued.kind === 'answered') pursued.finish({})
  await bench.call()
  assert.notEqual(bench.asks.at(-1), 'backup')
})

test('keys below their optimal concurrency are preferred, and the others still usable', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { optimalConcurrency: 1, tolerance: 3 }, chance: seededChance(1) })
  for (let call = 0; call < 4; call++) await bench.settle(bench.pursue())
  assert.deepEqual(bench.asks.slice(0, 2).toSorted(), ['a', 'b'])
  assert.equal(bench.keyring.inFlight, 4)
})

test('usage begins anew with each day', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('b', 'billing')
  for (let call = 0; call < 20; call++) await bench.call()
  bench.answers('b', 'ok')
  bench.clock.advance(86_400_000)
  bench.asks.length = 0
  for (let call = 0; call < 10; call++) await bench.call()
  assert.deepEqual(tally(bench.asks), { a: 5, b: 5 })
})

test('a session keeps its key in a balanced pool while that is usable', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'], settings: { tolerance: 5 }, chance: seededChance(5) })
  for (let call = 0; call < 10; call++) await bench.call({ session: 'one' })
  assert.equal(new Set(bench.asks).size, 1)
  const [kept = ''] = bench.asks
  bench.answers(kept, 'rate-limited')
  for (let call = 0; call < 10; call++) await bench.call({ session: 'one' })
  assert.equal(new Set(bench.asks.slice(11)).size, 1)
  assert.notEqual(bench.asks.at(-1), kept)
})

test('a session is forgotten an hour after its last use', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  await bench.call({ session: 'one' })
  bench.clock.advance(3_500_000)
  await bench.call({ session: 'one' })
  bench.clock.advance(3_500_000)
  await bench.call({ session: 'one' })
  assert.deepEqual(bench.asks, ['a', 'a', 'a'])
  bench.clock.advance(3_700_000)
  await bench.call({ session: 'one' })
  assert.equal(bench.asks.at(-1), 'b')
})

test('a sequential pool stays on one key until it is unusable, and sessions may stay on different ones', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'], settings: { rotation: 'sequential' } })
  for (let call = 0; call < 7; call++) await bench.call()
  bench.answers('a', 'quota-exhausted')
  for (let call = 0; call < 5; call++) await bench.call()
  assert.equal(bench.asks.join(''), 'aaaaaaaabbbbb')
  bench.answers('a', 'ok')
  bench.clock.advance(61_000)
  await bench.call()
  assert.equal(bench.asks.at(-1), 'b')
  await bench.call({ session: 'one' })
  await bench.call({ session: 'one' })
  // The most used key is drained first.
  assert.deepEqual(bench.asks.slice(-2), ['a', 'a'])
})

test('what is known of one model says nothing of another', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { rotation: 'sequential' } })
  bench.answers('a', 'rate-limited')
  await bench.call({ targets: [m] })
  bench.answers('a', 'ok')
  await bench.call({ targets: [{ pool: 'pool', model: 'n' }] })
  assert.deepEqual(bench.asks, ['a', 'b', 'a'])
})
