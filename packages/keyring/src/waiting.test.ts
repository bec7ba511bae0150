/** Waiting for keys that rest or are busy. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, breathe, failure } from './harness.test.ts'
import type { Outcome } from './pursued.ts'

const hang = (): Promise<Outcome<string>> => new Promise(() => undefined)

test('a single limited key that is back within the wait is waited for and tried again', async () => {
  const bench = new Bench({ chance: () => 0 })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 7000 }), 'ok')
  const began = bench.clock.now()
  const pursued = await bench.call()
  assert.equal(pursued.kind, 'answered')
  assert.equal(bench.clock.now() - began, 7000)
})

test('a single limited key that is back later fails the call at once, saying when', async () => {
  const bench = new Bench({ chance: () => 0 })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 30_000, status: 429 }))
  const began = bench.clock.now()
  const pursued = await bench.call()
  assert.equal(bench.clock.now(), began)
  assert.ok(pursued.kind === 'failed')
  assert.deepEqual([pursued.failure.reason, pursued.failure.retryAfterMs, pursued.failure.status], ['rate-limited', 30_000, 429])
  const again = await bench.call()
  assert.ok(again.kind === 'failed')
  assert.equal(again.failure.reason, 'rate-limited')
  assert.deepEqual(again.refused, [{ target: { pool: 'pool', model: 'm' }, why: 'all-resting', retryAfterMs: 30_000 }])
})

test('all waits of one pursuit together stay within the acquire timeout', async () => {
  const bench = new Bench({ chance: () => 0, limits: { acquireTimeoutMs: 12_000, maxAttemptsPerKey: 10 } })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 5000 }))
  const began = bench.clock.now()
  await bench.call()
  assert.equal(bench.clock.now() - began, 10_000)
  assert.equal(bench.asks.length, 3)
})

test('while every key is limited, calls of a whole minute make no more attempts than the hints allow (F56)', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'] })
  bench.answers('*', failure('rate-limited', { retryAfterMs: 0 }))
  const began = bench.clock.now()
  while (bench.clock.now() < began + 60_000) {
    const pursued = await bench.call({ deadlineMs: 5000 })
    assert.ok(pursued.kind === 'failed')
    assert.equal(pursued.failure.reason, 'rate-limited')
    assert.ok((pursued.failure.retryAfterMs ?? 0) >= 0)
    bench.clock.advance(10)
  }
  assert.ok(bench.asks.length <= 3 * 62, String(bench.asks.length))
  assert.equal(bench.clock.timers, 0)
})

test('a key at its maximum is never given a call; who waits is served in order as slots come free', async () => {
  const bench = new Bench({ settings: { maxConcurrency: 2 } })
  bench.tookMs = 100
  const order: number[] = []
  let most = 0
  const calls = Array.from({ length: 10 }, async (_, index) => {
    const pursued = await bench.pursue()
    most = Math.max(most, bench.keyring.inFlight)
    order.push(index)
    assert.ok(pursued.kind === 'answered')
    pursued.finish({})
  })
  await bench.settle(Promise.all(calls))
  assert.equal(most, 2)
  assert.deepEqual(
    order,
    Array.from({ length: 10 }, (_, index) => index),
  )
  assert.equal(bench.clock.timers, 0)
})

test('a call for busy keys ends as queue-full when its time to wait is over', async () => {
  const bench = new Bench({ settings: { maxConcurrency: 1 } })
  const holding = bench.pursue({ attempt: hang })
  const began = bench.clock.now()
  const pursued = await bench.call()
  assert.equal(bench.clock.now() - began, 30_000)
  assert.ok(pursued.kind === 'failed')
  assert.equal(pursued.failure.reason, 'queue-full')
  assert.deepEqual(pursued.refused[0]?.why, 'all-busy')
  await bench.settle(holding)
})

test('a slot that comes free for a caller who has just left goes to the next who waits', async () => {
  const bench = new Bench({ settings: { maxConcurrency: 1 } })
  const first = await bench.settle(bench.pursue())
  const caller = new AbortController()
  const leaving = bench.pursue({ signal: caller.signal })
  const staying = bench.pursue()
  await breathe()
  assert.ok(first.kind === 'answered')
  first.finish({})
  caller.abort()
  assert.equal((await leaving).kind, 'failed')
  const pursued = await staying
  assert.equal(pursued.kind, 'answered')
})
