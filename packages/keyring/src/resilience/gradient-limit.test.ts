/** How many calls may wait for their first byte follows what the provider bears. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, breathe, failure } from '../harness.test.ts'
import { GradientLimit } from './gradient-limit.ts'

/** A provider that begins `perSecond` answers a second, in turn. */
function queueing(perSecond: number) {
  let freeAt = 0
  return (now: number): number => {
    freeAt = Math.max(freeAt, now) + 1000 / perSecond
    return freeAt - now
  }
}

test('the limit grows while answers begin as soon as usual', () => {
  const limit = new GradientLimit()
  assert.equal(limit.limit, 20)
  for (let call = 0; call < 1000; call++) limit.sample(200, limit.limit)
  assert.ok(limit.limit > 400, String(limit.limit))
  assert.ok(limit.limit <= 500)
})

test('the limit does not grow for a load that never reaches it', () => {
  const limit = new GradientLimit()
  for (let call = 0; call < 1000; call++) limit.sample(200, 5)
  assert.equal(limit.limit, 20)
})

test('answers that begin ever later shrink it, never below four', () => {
  const limit = new GradientLimit()
  for (let call = 0; call < 1000; call++) limit.sample(200, limit.limit)
  for (let call = 0; call < 200; call++) limit.sample(5000, limit.limit)
  assert.ok(limit.limit < 100, String(limit.limit))
  for (let call = 0; call < 200; call++) limit.dropped()
  assert.equal(limit.limit, 4)
})

test('a slow model is not an overloaded one: what is usual is learnt', () => {
  const limit = new GradientLimit()
  for (let call = 0; call < 2000; call++) limit.sample(20_000 + (call % 5) * 1000, limit.limit)
  assert.ok(limit.limit > 400, String(limit.limit))
})

test('more calls than the provider bears wait for their turn instead of making it slower, and all are answered', async () => {
  const bench = new Bench({ limits: { acquireTimeoutMs: 600_000, maxWaitMs: 600_000 } })
  const delay = queueing(20)
  let most = 0
  const calls = Array.from({ length: 300 }, () =>
    bench
      .pursue({
        isPaced: true,
        attempt: async () => {
          most = Math.max(most, bench.keyring.inFlight)
          await new Promise<void>((resolve) => void bench.clock.after(delay(bench.clock.now()), resolve))
          return { kind: 'committed', answer: 'yes' }
        },
      })
      .then((pursued) => {
        if (pursued.kind === 'answered') pursued.finish({})
        return pursued.kind
      }),
  )
  await breathe()
  assert.equal(bench.keyring.inFlight, 20)
  assert.deepEqual(bench.state?.concurrency['m'], { waiting: 20, limit: 20 })
  const kinds = await bench.settle(Promise.all(calls))
  assert.ok(kinds.every((kind) => kind === 'answered'))
  assert.ok(most < 150, String(most))
  assert.equal(bench.state?.concurrency['m']?.waiting, 0)
})

test('a stream counts only until it begins', async () => {
  const bench = new Bench()
  const open = []
  for (let stream = 0; stream < 100; stream++) open.push(await bench.pursue({ isPaced: true }))
  assert.ok(open.every(({ kind }) => kind === 'answered'))
  assert.equal(bench.keyring.inFlight, 100)
  for (const pursued of open) if (pursued.kind === 'answered') pursued.finish({})
})

test('calls that are not paced, and pools whose owner does not want it, are never held back', async () => {
  for (const [settings, isPaced] of [
    [{}, false],
    [{ adaptsConcurrency: false }, true],
  ] as const) {
    const bench = new Bench({ settings })
    bench.tookMs = 1000
    const calls = Array.from({ length: 100 }, () => bench.pursue({ isPaced }))
    await breathe()
    assert.equal(bench.keyring.inFlight, 100)
    await bench.settle(Promise.all(calls))
  }
})

test('an overloaded provider is asked by fewer at once', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('*', failure('overloaded'))
  await bench.call({ isPaced: true })
  assert.ok((bench.state?.concurrency['m']?.limit ?? 99) < 20)
})
