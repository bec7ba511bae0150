/** A second attempt beside a slow first one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, breathe, failure, poolOf } from './harness.test.ts'
import type { CallOptions } from './harness.test.ts'
import type { Outcome } from './pursued.ts'

const hedge = { afterPercentile: 0.95, mostShare: 0.05 }
const usualMs = 100

/** A bench that has seen enough to know what is usual, and has earned some credit. */
async function seasoned(keys: readonly string[] = ['a', 'b'], calls = 60): Promise<Bench> {
  const bench = new Bench({ pools: [poolOf('pool', keys)], limits: { hedge } })
  for (let call = 0; call < calls; call++) await bench.call({ mayHedge: true, attempt: answersIn(bench, usualMs) })
  return bench
}

function answersIn(bench: Bench, ...durations: readonly number[]): NonNullable<CallOptions['attempt']> {
  return async ({ number, key }) => {
    const tookMs = durations[number - 1] ?? durations.at(-1) ?? 0
    await new Promise<void>((resolve) => void bench.clock.after(tookMs, resolve))
    return { kind: 'committed', answer: `from ${key.id} at ${number}` }
  }
}

test('a call that is slower than most is sent to another key as well, and the first answer wins', async () => {
  const bench = await seasoned()
  const began = bench.clock.now()
  const pursued = await bench.call({ mayHedge: true, attempt: answersIn(bench, 60_000, usualMs) })
  assert.ok(pursued.kind === 'answered')
  assert.match(pursued.answer, / at 2$/)
  assert.ok(bench.clock.now() - began <= 3 * usualMs)
  assert.deepEqual(
    pursued.attempts.map(({ number, hedge: isHedge, failure: failed }) => [number, isHedge, failed?.reason]),
    [
      [1, undefined, 'cancelled'],
      [2, true, undefined],
    ],
  )
  assert.notEqual(pursued.attempts[0]?.keyId, pursued.attempts[1]?.keyId)
  assert.equal(bench.keyring.inFlight, 0)
  assert.ok((bench.state?.keys ?? []).every(({ state }) => state.is === 'ready'))
})

test('the attempt that lost is told to stop at once', async () => {
  const bench = await seasoned()
  let stopped = false
  const attempt: NonNullable<CallOptions['attempt']> = ({ number, signal }) => {
    if (number === 2) return Promise.resolve({ kind: 'committed', answer: 'second' })
    return new Promise<Outcome<string>>(() => signal.addEventListener('abort', () => (stopped = true)))
  }
  assert.equal((await bench.call({ mayHedge: true, attempt })).kind, 'answered')
  assert.ok(stopped)
  assert.equal(bench.keyring.inFlight, 0)
})

test('nothing is sent twice where the call does not allow it, or where it is not switched on', async () => {
  const bench = await seasoned()
  const plain = await bench.call({ attempt: answersIn(bench, 5000, usualMs) })
  assert.equal(plain.attempts.length, 1)
  const off = new Bench({ keys: ['a', 'b'] })
  for (let call = 0; call < 60; call++) await off.call({ mayHedge: true, attempt: answersIn(off, usualMs) })
  assert.equal((await off.call({ mayHedge: true, attempt: answersIn(off, 5000, usualMs) })).attempts.length, 1)
})

test('second attempts are at most the allowed part of all calls, however slow the provider becomes', async () => {
  const bench = await seasoned(['a', 'b', 'c'], 100)
  let seconds = 0
  const calls = 1000
  for (let call = 0; call < calls; call++) {
    const pursued = await bench.call({ mayHedge: true, attempt: answersIn(bench, 5000, usualMs) })
    seconds += pursued.attempts.filter(({ hedge: isHedge }) => isHedge).length
  }
  assert.ok(seconds > 0)
  assert.ok(seconds <= 0.05 * (calls + 100), String(seconds))
})

test('both attempts failing is one failure, judged by both', async () => {
  const bench = await seasoned()
  const pursued = await bench.call({
    mayHedge: true,
    attempt: async ({ number }) => {
      if (number === 1) await new Promise<void>((resolve) => void bench.clock.after(1000, resolve))
      return { kind: 'failed', failure: failure('rate-limited', { retryAfterMs: 60_000 }) }
    },
  })
  assert.equal(pursued.kind === 'failed' && pursued.failure.reason, 'rate-limited')
  assert.equal(pursued.attempts.length, 2)
  assert.deepEqual([bench.cell('a')?.is, bench.cell('b')?.is], ['resting', 'resting'])
})

test('a caller who leaves ends both attempts', async () => {
  const bench = await seasoned()
  const caller = new AbortController()
  const pursuing = bench.pursue({ mayHedge: true, signal: caller.signal, attempt: () => new Promise(() => undefined) })
  await breathe()
  bench.clock.advance(2 * usualMs)
  await breathe()
  assert.equal(bench.keyring.inFlight, 2)
  caller.abort()
  const pursued = await bench.settle(pursuing)
  assert.equal(pursued.kind === 'failed' && pursued.failure.reason, 'cancelled')
  assert.equal(bench.keyring.inFlight, 0)
})

test('with one call in twenty stuck, the slowest hundredth is at least five times faster, for one call in twenty more (B8)', async () => {
  const plain = await slowestOf(false)
  const hedged = await slowestOf(true)
  assert.ok(plain.p99 >= 5 * hedged.p99, `${plain.p99} against ${hedged.p99}`)
  assert.ok(hedged.extra <= 0.05, String(hedged.extra))
})

async function slowestOf(isHedged: boolean): Promise<{ p99: number; extra: number }> {
  const bench = new Bench({ pools: [poolOf('pool', ['a', 'b', 'c'])], ...(isHedged && { limits: { hedge } }) })
  const durations: number[] = []
  let attempts = 0
  for (let call = 0; call < 4000; call++) {
    const began = bench.clock.now()
    const isSlow = call % 21 === 20
    await bench.call({
      mayHedge: true,
      attempt: (ask) => {
        attempts += 1
        return answersIn(bench, isSlow ? 10_000 : usualMs + (call % 7), usualMs)(ask)
      },
    })
    durations.push(bench.clock.now() - began)
  }
  const sorted = durations.toSorted((one, other) => one - other)
  return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, extra: attempts / durations.length - 1 }
}
