/** The candidate loop, seen from outside. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, failure, poolOf } from './harness.test.ts'

const chain = [
  { pool: 'pool', model: 'm' },
  { pool: 'spare', model: 'n' },
]

test('an answer tells its target, its key and its attempts, and holds its slot until it is finished', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', 'rate-limited')
  const pursued = await bench.settle(bench.pursue())
  assert.ok(pursued.kind === 'answered')
  assert.equal(pursued.answer, 'from b')
  assert.equal(pursued.key.credential, 'secret-b')
  assert.deepEqual(
    pursued.attempts.map(({ keyId, failure: failed }) => [keyId, failed?.reason]),
    [
      ['a', 'rate-limited'],
      ['b', undefined],
    ],
  )
  assert.equal(bench.keyring.inFlight, 1)
  pursued.finish({ tokens: 12 })
  pursued.finish({ failure: failure('stalled') })
  assert.equal(bench.keyring.inFlight, 0)
  assert.equal(bench.clock.timers, 0)
  assert.deepEqual(bench.state?.keys[1]?.totals, { requests: 1, successes: 1, failures: 0, tokens: 12 })
})

test('refusals go through all keys of a pool, and then through the chain', async () => {
  const bench = new Bench({ pools: [poolOf('pool', ['a', 'b', 'c', 'd', 'e', 'f']), poolOf('spare', ['s'])] })
  bench.answers('pool/m', 'quota-exhausted')
  const began = bench.clock.now()
  const pursued = await bench.call({
    targets: chain,
  })
  assert.deepEqual(bench.asks, ['a', 'b', 'c', 'd', 'e', 'f', 's'])
  assert.equal(pursued.kind, 'answered')
  assert.equal(bench.clock.now(), began)
})

test('faults end the attempts at one target after three, two of them with one key, and the chain goes on', async () => {
  const bench = new Bench({ pools: [poolOf('pool', ['a', 'b', 'c', 'd']), poolOf('spare', ['s'])] })
  bench.answers('pool/m', 'upstream-broken')
  const pursued = await bench.call({
    targets: chain,
  })
  assert.deepEqual(bench.asks, ['a', 'a', 'b', 's'])
  assert.equal(pursued.kind, 'answered')
})

test('the same key is tried again after a pause with full jitter', async () => {
  for (const [chance, pauseMs] of [
    [0, 0],
    [0.5, 125],
    [0.99, 247.5],
  ] as const) {
    const bench = new Bench({ chance: () => chance })
    bench.answers('a', 'unreachable', 'ok')
    const began = bench.clock.now()
    assert.equal((await bench.call()).kind, 'answered')
    assert.equal(bench.clock.now() - began, pauseMs)
  }
})

test('an attempt that throws leaves as an exception, and its slot is free', async () => {
  const bench = new Bench()
  const bug = new Error('a bug')
  await assert.rejects(
    bench.pursue({
      attempt: () => {
        throw bug
      },
    }),
    bug,
  )
  await assert.rejects(bench.pursue({ attempt: () => Promise.reject(bug) }), bug)
  assert.equal(bench.keyring.inFlight, 0)
  assert.equal(bench.clock.timers, 0)
})

test('hooks see each attempt as it begins, and each failure', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', 'rate-limited')
  const seen: string[] = []
  const { pursue } = await import('./pursue.ts')
  await bench.settle(
    pursue({ targets: [{ pool: 'pool', model: 'm' }], deadlineMs: 1000 }, bench.attempt, {
      keyring: bench.keyring,
      limits: bench.limits,
      clock: bench.clock,
      chance: bench.chance,
      signal: new AbortController().signal,
      onAttempt: ({ number, key }) => void seen.push(`${number} ${key.id}`),
      onFailure: (attempt, ask) => void seen.push(`${ask.number} ${attempt.failure?.reason}`),
    }),
  )
  assert.deepEqual(seen, ['1 a', '1 rate-limited', '2 b'])
})

test('a snapshot is data of its own, and holds no credential', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', 'rate-limited')
  const before = bench.keyring.snapshot()
  const copy = structuredClone(before)
  await bench.call()
  assert.deepEqual(before, copy)
  const text = JSON.stringify(bench.keyring.snapshot())
  assert.ok(!text.includes('secret-'))
  assert.ok(text.includes('label-a'))
  assert.deepEqual(bench.keyring.poolNames, ['pool'])
  assert.equal(bench.keyring.hasKeys('pool'), true)
  assert.equal(bench.keyring.hasKeys('none'), false)
  assert.equal(bench.keyring.readyIn({ pool: 'pool', model: 'm' }), 0)
})
