/** What is known of keys outlives the process, and no jump of the clock makes it worse. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Millis } from '../clock.ts'
import { Bench, failure, poolOf } from '../harness.test.ts'
import type { LimitReading } from '../limit-reading.ts'
import { ManualClock } from '../manual-clock.ts'
import type { PoolSettings } from '../pool.ts'
import type { SavedPool } from './saved.ts'

const minute = 60_000
const hour = 60 * minute
const begins = Date.UTC(2026, 0, 1, 12)

/** A keyring in a process that began at `wallStart`, with what an earlier one has saved. */
function opened(saved: readonly SavedPool[], wallStart: Millis, settings: Partial<PoolSettings> = {}): Bench {
  const bench = new Bench({ pools: [poolOf('pool', ['a', 'b'], settings)], clock: new ManualClock(wallStart, 77_000) })
  // As it comes back from a file.
  bench.keyring.restore(JSON.parse(JSON.stringify(saved)) as readonly SavedPool[])
  return bench
}

function first(settings: Partial<PoolSettings> = {}): Bench {
  return opened([], begins, settings)
}

test('a rest goes on after a restart for what was left of it', async () => {
  const before = first()
  before.answers('a', failure('quota-exhausted', { retryAfterMs: hour }))
  await before.call()
  before.clock.advance(20 * minute)
  const after = opened(before.keyring.save(), before.clock.wallNow() + 10 * minute)
  await after.call()
  assert.deepEqual(after.asks, ['b'])
  const state = after.cell('a')
  assert.ok(state?.is === 'resting' && state.why === 'quota-exhausted' && state.source === 'hint')
  assert.ok(Math.abs(state.until - after.clock.now() - 30 * minute) < 1000)
})

test('dead stays dead, disabled stays disabled, and what is saved holds no credential', async () => {
  const before = first()
  before.answers('a', 'key-rejected')
  await before.call()
  before.keyring.disable('pool', 'b', 'ops')
  const saved = before.keyring.save()
  assert.doesNotMatch(JSON.stringify(saved), /secret-/)
  const after = opened(saved, before.clock.wallNow())
  assert.equal(after.whole('a')?.is, 'dead')
  assert.deepEqual(after.whole('b'), { is: 'disabled', by: 'ops' })
})

test('use of the window under way is remembered, and forgotten once the window is over', async () => {
  const settings: Partial<PoolSettings> = {
    caps: [{ model: 'm', limit: { is: 'requests', amount: 3 }, rest: { is: 'reset' } }],
    tolerance: 0,
  }
  const before = first(settings)
  for (let call = 0; call < 4; call++) await before.call()
  const saved = before.keyring.save()
  const soon = opened(saved, begins + hour, settings)
  for (let call = 0; call < 2; call++) assert.equal((await soon.call()).kind, 'answered')
  assert.equal((await soon.call()).kind, 'failed')
  const tomorrow = opened(saved, begins + 24 * hour, settings)
  for (let call = 0; call < 6; call++) assert.equal((await tomorrow.call()).kind, 'answered')
})

test('limits that were told are known again, and what is left of them', async () => {
  const reading: LimitReading = {
    counts: 'requests',
    of: 'model',
    windowMs: 24 * hour,
    limit: 100,
    remaining: 0,
    resetInMs: 6 * hour,
    refills: 'at-reset',
  }
  const before = first()
  await before.call({ attempt: () => Promise.resolve({ kind: 'committed', answer: 'last one', readings: [reading] }) })
  const after = opened(before.keyring.save(), begins + hour)
  for (let call = 0; call < 3; call++) await after.call()
  assert.deepEqual([...new Set(after.asks)], ['b'])
  after.clock.advance(5 * hour)
  for (let call = 0; call < 6; call++) await after.call()
  assert.ok(after.asks.includes('a'))
})

test('a fair cycle goes on where it was', async () => {
  const fairCycle = {
    tracks: 'model',
    crossesTiers: false,
    durationMs: 24 * hour,
    exhaustedFromMs: 5 * minute,
    quotaShare: 1,
    waitsForMs: 90_000,
  } as const
  const before = first({ fairCycle })
  before.answers('a', failure('quota-exhausted', { retryAfterMs: 10 * minute }))
  await before.call()
  const after = opened(before.keyring.save(), before.clock.wallNow() + 20 * minute, { fairCycle })
  for (let call = 0; call < 5; call++) await after.call()
  assert.deepEqual([...new Set(after.asks)], ['b'])
})

test('whatever the clock on the wall does between two processes, no rest and no window becomes longer than it was (F90)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -2 * 365 * 24, max: 2 * 365 * 24 }),
      fc.integer({ min: 1, max: 48 * 60 }),
      async (jumpHours, restMinutes) => {
        const before = first()
        before.answers('*', failure('quota-exhausted', { retryAfterMs: restMinutes * minute }))
        await before.call()
        const left = new Map(before.keyring.snapshot()[0]?.keys.map(({ id, models }) => [id, models['m']] as const))
        const after = opened(before.keyring.save(), begins + jumpHours * hour)
        for (const { id, models } of after.keyring.snapshot()[0]?.keys ?? []) {
          const [was, is] = [left.get(id), models['m']]
          if (is?.state.is === 'resting') {
            assert.ok(was?.state.is === 'resting')
            assert.ok(is.state.until - after.clock.now() <= was.state.until - before.clock.now() + 1)
          }
          const usedFor = (is?.use.endsAt ?? after.clock.now()) - after.clock.now()
          assert.ok(usedFor <= 24 * hour + 1, String(usedFor))
        }
        // Whatever was believed, the keys come back in the end.
        after.clock.advance(49 * hour)
        assert.equal((await after.call()).kind, 'answered')
      },
    ),
    { numRuns: 200 },
  )
})

test('a jump of the clock on the wall while the process runs neither ends a rest nor empties a window', async () => {
  const settings: Partial<PoolSettings> = { caps: [{ model: 'm', limit: { is: 'requests', amount: 1 }, rest: { is: 'reset' } }] }
  for (const jump of [hour, -hour, 365 * 24 * hour]) {
    const bench = first(settings)
    await bench.call()
    await bench.call()
    bench.clock.jumpWall(jump)
    assert.equal((await bench.call()).kind, 'failed')
    bench.clock.advance(24 * hour)
    assert.equal((await bench.call()).kind, 'answered')
  }
})

test('keys and pools that are gone are passed over', () => {
  const before = first()
  const [saved] = before.keyring.save()
  assert.ok(saved)
  const after = opened(
    [
      { ...saved, name: 'gone' },
      { ...saved, keys: saved.keys.map((key) => Object.assign({}, key, { id: 'other' })) },
    ],
    begins,
  )
  assert.equal(after.keyring.snapshot()[0]?.keys.length, 2)
})
