/** How rests begin, grow and end, seen from outside. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, breathe, failure, poolOf, seededChance } from '../harness.test.ts'

const second = 1000

test('a target rests 10, 20, 40, 80, 160, then 300 seconds while its probes fail (N3)', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'], limits: { maxWaitMs: 0, maxAttemptsPerTarget: 1 } })
  bench.answers('*', 'upstream-broken')
  const rests: number[] = []
  for (let call = 0; call < 400 && rests.length < 8; call++) {
    const before = bench.events.length
    await bench.call()
    for (const event of bench.events.slice(before)) if (event.is === 'target.rested') rests.push(event.forMs / second)
    const state = bench.target()
    if (state?.is === 'resting') bench.clock.advance(Math.max(state.until - bench.clock.now(), 0))
  }
  assert.deepEqual(rests, [10, 20, 40, 80, 160, 300, 300, 300])
})

test('a key’s model rests 10, 30, 60, 120, then 300 seconds from the third fault on, and a success starts it over (R7)', async () => {
  const bench = new Bench({ limits: { maxWaitMs: 0, maxAttemptsPerKey: 1 } })
  bench.answers('a', 'stalled')
  const rests: number[] = []
  for (let call = 0; call < 8; call++) {
    await bench.call()
    const rested = bench.cell()
    if (rested?.is !== 'resting') continue
    rests.push((rested.until - bench.clock.now()) / second)
    bench.clock.advance(400 * second)
  }
  assert.deepEqual(rests, [10, 30, 60, 120, 300, 300])
  bench.answers('a', 'ok')
  await bench.call()
  bench.answers('a', 'stalled')
  await bench.call()
  await bench.call()
  assert.deepEqual(bench.cell(), { is: 'ready' })
  await bench.call()
  assert.equal(bench.cell()?.is, 'resting')
})

test('half of twenty results within 30 seconds rest a target as well', async () => {
  const bench = new Bench({ keys: ['a', 'b'], limits: { maxWaitMs: 0, maxAttemptsPerTarget: 1 } })
  for (let call = 0; call < 10; call++) {
    bench.answers('*', 'ok')
    await bench.call()
    assert.equal(bench.target()?.is, 'ready')
    bench.answers('*', 'bad-answer')
    await bench.call()
  }
  assert.equal(bench.target()?.is, 'resting')
})

test('exactly one of fifty calls at once probes a target that comes back', async () => {
  const bench = new Bench({ pools: [poolOf('pool', ['a', 'b', 'c']), poolOf('spare', ['s'])] })
  bench.answers('pool/m', 'unreachable')
  await bench.call()
  assert.equal(bench.target()?.is, 'resting')
  bench.clock.advance(11 * second)
  bench.asks.length = 0
  bench.tookMs = 50
  const targets = [
    { pool: 'pool', model: 'm' },
    { pool: 'spare', model: 'm' },
  ]
  const calls = Array.from({ length: 50 }, () => bench.pursue({ targets }))
  await breathe()
  assert.equal(bench.target()?.is, 'probing')
  const all = await bench.settle(Promise.all(calls))
  assert.equal(bench.asks.filter((key) => key !== 's').length, 1)
  for (const pursued of all) if (pursued.kind === 'answered') pursued.finish({})
  assert.equal(bench.keyring.inFlight, 0)
  assert.equal(bench.clock.timers, 0)
})

test('fifty calls at once on a single key that comes back wait for its one probe', async () => {
  const bench = new Bench()
  bench.answers('a', failure('rate-limited', { retryAfterMs: 5000 }))
  await bench.call({ deadlineMs: 10 })
  bench.clock.advance(6 * second)
  bench.answers('a', 'ok')
  bench.tookMs = 50
  const calls = Array.from({ length: 50 }, () => bench.pursue())
  await breathe()
  assert.equal(bench.keyring.inFlight, 1)
  assert.equal(bench.cell()?.is, 'probing')
  const all = await bench.settle(Promise.all(calls))
  assert.ok(all.every(({ kind }) => kind === 'answered'))
})

test('fifty calls at once on a single key that comes back from faults make one attempt until its verdict', async () => {
  const bench = new Bench({ limits: { maxWaitMs: 1000 } })
  bench.answers('a', 'bad-answer')
  for (let call = 0; call < 3; call++) await bench.call()
  bench.clock.advance(400 * second)
  bench.answers('a', 'ok')
  bench.tookMs = 900
  const calls = Array.from({ length: 50 }, () => bench.pursue())
  await breathe()
  assert.equal(bench.keyring.inFlight, 1)
  const all = await bench.settle(Promise.all(calls))
  assert.ok(all.every(({ kind }) => kind === 'answered'))
})

test('a probe whose caller leaves makes room for the next probe', async () => {
  const bench = new Bench()
  bench.answers('a', 'key-rejected')
  await bench.call()
  bench.clock.advance(301 * second)
  const caller = new AbortController()
  const left = bench.pursue({ signal: caller.signal, attempt: () => new Promise(() => undefined) })
  assert.equal(bench.whole()?.is, 'probing')
  caller.abort()
  await left
  assert.equal(bench.whole()?.is, 'dead')
  bench.answers('a', 'ok')
  assert.equal((await bench.call()).kind, 'answered')
  assert.deepEqual(bench.whole(), { is: 'ready' })
})

test('a rejected key is tested once when 300 seconds are over, then after twice as long, an hour at most', async () => {
  const bench = new Bench({ limits: { maxWaitMs: 0 } })
  bench.answers('a', 'key-rejected')
  const rests: number[] = []
  for (let call = 0; call < 6; call++) {
    await bench.call()
    await bench.call()
    const state = bench.whole()
    assert.ok(state?.is === 'dead')
    rests.push((state.until - bench.clock.now()) / second)
    bench.clock.advance(state.until - bench.clock.now())
  }
  assert.deepEqual(rests, [300, 600, 1200, 2400, 3600, 3600])
  assert.equal(bench.asks.length, 6)
})

test('a key without credit rests five minutes, then longer up to an hour, and is not asked meanwhile (F55)', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', 'billing')
  for (let minute = 0; minute < 180; minute++) {
    assert.equal((await bench.call()).kind, 'answered')
    bench.clock.advance(60 * second)
  }
  const rests = bench.events.flatMap((event) => (event.is === 'key.rested' ? [event.forMs / second] : []))
  assert.deepEqual(rests, [300, 600, 1200, 2400, 3600, 3600])
})

test('one key rejected: the call is answered by another, and one event tells of it (F58)', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', 'key-rejected')
  for (let call = 0; call < 20; call++) assert.equal((await bench.call()).kind, 'answered')
  assert.deepEqual(bench.events, [{ is: 'key.dead', pool: 'pool', keyId: 'a', keyLabel: 'label-a', why: 'key-rejected', forMs: 300_000 }])
})

test('a hint rests a key for as long as it says, and the next key answers at once (F50)', async () => {
  const bench = new Bench({ keys: ['a', 'b'], chance: () => 0 })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 7000 }))
  const began = bench.clock.now()
  const pursued = await bench.call()
  assert.equal(bench.clock.now(), began)
  assert.equal(pursued.kind === 'answered' && pursued.key.id, 'b')
  assert.deepEqual(bench.cell('a'), { is: 'resting', until: began + 7000, why: 'rate-limited', source: 'hint', failures: 1 })
})

test('no chance makes a hint shorter, or much longer', async () => {
  for (const chance of [0, 0.3, 0.999]) {
    const bench = new Bench({ keys: ['a', 'b'], chance: () => chance })
    bench.answers('a', failure('rate-limited', { retryAfterMs: 20_000 }))
    const began = bench.clock.now()
    await bench.call()
    const state = bench.cell('a')
    assert.ok(state?.is === 'resting' && state.until - began >= 20_000 && state.until - began <= 20_500)
  }
})

test('growing rests are spread by a fifth to both sides', async () => {
  const lengths = new Set<number>()
  for (let seed = 1; seed <= 50; seed++) {
    const bench = new Bench({ keys: ['a', 'b'], chance: seededChance(seed) })
    bench.answers('a', 'billing')
    const began = bench.clock.now()
    await bench.call()
    const state = bench.whole('a')
    assert.ok(state?.is === 'resting')
    assert.ok(state.until - began >= 240_000 && state.until - began <= 360_000)
    lengths.add(state.until)
  }
  assert.ok(lengths.size > 40)
})

for (const retryAfterMs of [NaN, -1, -Infinity, Infinity, 1e300, 1e9, 0, Number.MAX_SAFE_INTEGER]) {
  test(`a hint of ${retryAfterMs} never breaks a timer or rests a key for more than an hour (F54)`, async () => {
    const bench = new Bench({ keys: ['a', 'b'] })
    for (const reason of ['rate-limited', 'overloaded', 'key-rejected', 'upstream-broken'] as const) {
      bench.answers('a', failure(reason, { retryAfterMs }))
      const began = bench.clock.now()
      await bench.call()
      for (const state of [bench.cell('a'), bench.whole('a'), bench.target()]) {
        if (state?.is !== 'resting') continue
        assert.ok(Number.isFinite(state.until))
        assert.ok(state.until - began > 0 && state.until - began <= 3_601_000, String(state.until - began))
      }
      assert.equal(bench.clock.timers, 0)
    }
  })
}

test('calls that were refused together rest a key once, for the longest of their hints', async () => {
  const bench = new Bench({ chance: () => 0, limits: { maxWaitMs: 0 } })
  const began = bench.clock.now()
  bench.answers('a', ...[3000, 9000, 5000].map((retryAfterMs) => failure('rate-limited', { retryAfterMs })))
  await bench.settle(Promise.all([bench.pursue(), bench.pursue(), bench.pursue()]))
  const state = bench.cell()
  assert.ok(state?.is === 'resting')
  assert.equal(state.until - began, 9000)
  assert.equal(state.failures, 1)
})

test('faults of calls that were under way when the rest began do not make it longer', async () => {
  const bench = new Bench({ limits: { maxWaitMs: 0, maxAttemptsPerKey: 1 } })
  bench.answers('a', 'timed-out')
  const began = bench.clock.now()
  await bench.settle(Promise.all(Array.from({ length: 40 }, () => bench.pursue())))
  const state = bench.target()
  assert.ok(state?.is === 'resting' && state.until - began === 10_000)
})

test('the faults of one key do not rest the others', async () => {
  const bench = new Bench({ keys: ['a', 'b'], settings: { tolerance: 5 }, chance: seededChance(3) })
  bench.answers('a', 'stalled')
  for (let call = 0; call < 30; call++) assert.equal((await bench.call()).kind, 'answered')
  assert.equal(bench.cell('a')?.is, 'resting')
  assert.deepEqual(bench.cell('b'), { is: 'ready' })
})

test('a jump of the wall clock moves no rest', async () => {
  const bench = new Bench({ chance: () => 0 })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 30_000 }), 'ok')
  await bench.call()
  bench.clock.jumpWall(86_400_000)
  assert.equal((await bench.call()).kind, 'failed')
  assert.equal(bench.keyring.readyIn({ pool: 'pool', model: 'm' }), 30_000)
  bench.clock.jumpWall(-10 * 86_400_000)
  bench.clock.advance(30_000)
  assert.equal((await bench.call()).kind, 'answered')
})
