/** What holds for every script of outcomes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Bench, breathe, failure, poolOf, seededChance } from './harness.test.ts'
import type { Reply } from './harness.test.ts'
import { failureReasons, remedies } from './verdict.ts'

const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.constant<Reply>('ok'),
  fc.constantFrom(...failureReasons),
  fc
    .tuple(fc.constantFrom('rate-limited', 'overloaded', 'quota-exhausted'), fc.oneof(fc.integer({ min: -10, max: 20_000 }), fc.double()))
    .map(([reason, retryAfterMs]) => failure(reason, { retryAfterMs })),
)

const script = fc.array(reply, { minLength: 1, maxLength: 6 })

const pools = [
  poolOf('pool', ['a', 'b', 'c'], { tolerance: 3, maxConcurrency: 3 }),
  poolOf('spare', ['s', 't'], { rotation: 'sequential' }),
]
const targets = [
  { pool: 'pool', model: 'm' },
  { pool: 'spare', model: 'n' },
]

test('every pursuit ends, with bounded attempts, no slot held and no timer left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(script, { minLength: 5, maxLength: 5 }),
      fc.integer(),
      fc.integer({ min: 0, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 8 }),
      async (scripts, seed, tookMs, pauses) => {
        const bench = new Bench({ pools, chance: seededChance(seed) })
        bench.tookMs = tookMs
        for (const [index, key] of ['a', 'b', 'c', 's', 't'].entries()) bench.answers(key, ...(scripts[index] ?? []))
        for (const [index, pauseMs] of pauses.entries()) {
          const calls = await bench.settle(Promise.all(Array.from({ length: 5 }, () => bench.call({ targets, session: `s${index % 2}` }))))
          for (const { attempts } of calls) {
            // Two tries with each of five keys are the most.
            assert.ok(attempts.length <= 10)
            const faults = attempts.filter((one) => one.pool === 'pool' && one.failure !== undefined && isFaultOrOver(one.failure.reason))
            assert.ok(faults.length <= 3)
          }
          assert.equal(bench.keyring.inFlight, 0)
          assert.equal(bench.clock.timers, 0)
          bench.clock.advance(pauseMs)
        }
        const held = bench.keyring.snapshot().flatMap(({ keys }) => keys.map(({ inFlight }) => inFlight))
        assert.ok(held.every((inFlight) => inFlight === 0))
      },
    ),
    { numRuns: 300 },
  )
})

test('a call is answered whenever some ready key would have answered', async () => {
  const refusal = fc.constantFrom<Reply>('rate-limited', 'quota-exhausted', 'billing', 'key-rejected', 'key-forbidden')
  await fc.assert(
    fc.asyncProperty(
      fc.array(refusal, { minLength: 5, maxLength: 5 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer(),
      async (refusals, good, seed) => {
        const bench = new Bench({ pools, chance: seededChance(seed) })
        for (const [index, key] of ['a', 'b', 'c', 's', 't'].entries())
          bench.answers(key, index === good ? 'ok' : (refusals[index] ?? 'ok'))
        for (let call = 0; call < 5; call++) assert.equal((await bench.call({ targets })).kind, 'answered')
      },
    ),
    { numRuns: 200 },
  )
})

test('whatever the first target of a chain does, a second one that works answers, without a wait', async () => {
  const passing = failureReasons.filter((reason) => remedies[reason].next !== 'give-up')
  const outcome = fc.tuple(fc.constantFrom(...passing), fc.double()).map(([reason, retryAfterMs]) => failure(reason, { retryAfterMs }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(outcome, { minLength: 1, maxLength: 6 }), { minLength: 3, maxLength: 3 }),
      fc.integer(),
      async (scripts, seed) => {
        const bench = new Bench({ pools, chance: seededChance(seed) })
        for (const [index, key] of ['a', 'b', 'c'].entries()) bench.answers(key, ...(scripts[index] ?? []))
        for (let call = 0; call < 10; call++) {
          const began = bench.clock.now()
          assert.equal((await bench.call({ targets })).kind, 'answered')
          // Only pauses before the same key, of at most 250 and 500 ms or a hint within the cap.
          assert.ok(bench.clock.now() - began <= 2 * 8000)
          bench.clock.advance(10_000)
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('whenever callers leave, no slot and no timer stays behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(script, { minLength: 3, maxLength: 3 }),
      fc.integer(),
      fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 10 }),
      async (scripts, seed, leaves) => {
        const bench = new Bench({ keys: ['a', 'b', 'c'], settings: { maxConcurrency: 1, tolerance: 2 }, chance: seededChance(seed) })
        bench.tookMs = 40
        for (const [index, key] of ['a', 'b', 'c'].entries()) bench.answers(key, ...(scripts[index] ?? []))
        const calls = leaves.map(async (leavesAfterMs) => {
          const caller = new AbortController()
          bench.clock.after(leavesAfterMs, () => caller.abort())
          const pursued = await bench.pursue({ signal: caller.signal, deadlineMs: 20_000 })
          if (pursued.kind === 'answered') pursued.finish(caller.signal.aborted ? { failure: failure('cancelled') } : {})
        })
        await bench.settle(Promise.all(calls))
        bench.clock.advance(4000)
        await breathe()
        assert.equal(bench.keyring.inFlight, 0)
        assert.equal(bench.clock.timers, 0)
      },
    ),
    { numRuns: 300 },
  )
})

function isFaultOrOver(reason: (typeof failureReasons)[number]): boolean {
  return failureReasons.indexOf(reason) >= failureReasons.indexOf('overloaded')
}
