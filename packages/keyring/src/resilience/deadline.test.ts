/** What cuts a pursuit short, and what it leaves behind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, breathe, failure } from '../harness.test.ts'
import type { Outcome } from '../pursued.ts'

const hang = (): Promise<Outcome<string>> => new Promise(() => undefined)

test('a wait that the deadline would cut off is not begun', async () => {
  const bench = new Bench({ chance: () => 0 })
  bench.answers('a', failure('rate-limited', { retryAfterMs: 5000 }))
  const began = bench.clock.now()
  const pursued = await bench.call({ deadlineMs: 4000 })
  assert.equal(bench.clock.now(), began)
  assert.ok(pursued.kind === 'failed' && pursued.failure.reason === 'rate-limited')
})

test('the deadline ends an attempt that ignores its signal, and frees its slot', async () => {
  const bench = new Bench()
  const began = bench.clock.now()
  const pursued = await bench.call({ deadlineMs: 2500, attempt: hang })
  assert.equal(bench.clock.now() - began, 2500)
  assert.ok(pursued.kind === 'failed')
  assert.equal(pursued.failure.reason, 'deadline-passed')
  assert.equal(pursued.attempts[0]?.failure?.reason, 'deadline-passed')
  assert.equal(bench.keyring.inFlight, 0)
  assert.equal(bench.clock.timers, 0)
})

test('a deadline after timeouts tells of the timeouts', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('*', 'timed-out')
  bench.tookMs = 1000
  const pursued = await bench.call({ deadlineMs: 1500 })
  assert.ok(pursued.kind === 'failed')
  assert.equal(pursued.failure.reason, 'timed-out')
})

test('a caller that leaves aborts its attempt at once', async () => {
  const bench = new Bench()
  const caller = new AbortController()
  let seen: AbortSignal | undefined
  const pursuing = bench.pursue({
    signal: caller.signal,
    attempt: ({ signal }) => {
      seen = signal
      return hang()
    },
  })
  assert.equal(seen?.aborted, false)
  caller.abort()
  assert.equal(seen?.aborted, true)
  const pursued = await pursuing
  assert.ok(pursued.kind === 'failed')
  assert.equal(pursued.failure.reason, 'cancelled')
  assert.equal(bench.keyring.inFlight, 0)
  assert.equal(bench.clock.timers, 0)
})

test('a caller that has left before, or leaves while its attempt begins, gets no further', async () => {
  const bench = new Bench()
  const gone = await bench.call({ signal: AbortSignal.abort() })
  assert.ok(gone.kind === 'failed' && gone.failure.reason === 'cancelled')
  assert.deepEqual(bench.asks, [])
  const caller = new AbortController()
  const going = await bench.call({
    signal: caller.signal,
    attempt: () => {
      caller.abort()
      return hang()
    },
  })
  assert.ok(going.kind === 'failed' && going.failure.reason === 'cancelled')
  assert.equal(bench.clock.timers, 0)
})

test('a caller that leaves during a pause or a wait is let go at once', async () => {
  for (const reply of ['unreachable', failure('rate-limited', { retryAfterMs: 5000 })] as const) {
    const bench = new Bench()
    bench.answers('a', reply)
    const caller = new AbortController()
    const pursuing = bench.pursue({ signal: caller.signal })
    await breathe()
    caller.abort()
    const pursued = await pursuing
    assert.ok(pursued.kind === 'failed' && pursued.failure.reason === 'cancelled')
    assert.equal(bench.clock.timers, 0)
    assert.equal(bench.keyring.inFlight, 0)
  }
})

test('a caller that leaves after the commit still aborts the attempt’s signal, until the answer is finished', async () => {
  const bench = new Bench()
  const seen: AbortSignal[] = []
  const attempt = async ({ signal }: { readonly signal: AbortSignal }): Promise<Outcome<string>> => {
    seen.push(signal)
    return { kind: 'committed', answer: 'yes' }
  }
  for (const isFinished of [false, true]) {
    const caller = new AbortController()
    const pursued = await bench.settle(bench.pursue({ signal: caller.signal, attempt }))
    assert.ok(pursued.kind === 'answered')
    if (isFinished) pursued.finish({})
    caller.abort()
    assert.equal(seen.at(-1)?.aborted, !isFinished)
    pursued.finish({})
  }
})
