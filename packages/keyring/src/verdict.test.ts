import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, failure } from './harness.test.ts'
import { failureReasons, isFault, remedies } from './verdict.ts'
import type { FailureReason } from './verdict.ts'

const targets = [
  { pool: 'pool', model: 'm' },
  { pool: 'pool', model: 'other' },
]

interface Row {
  /** Keys asked, with the model, until it ends; the failing key is `a`, and only with model `m`. */
  readonly asks: readonly string[]
  readonly key?: number
  readonly cell?: number
}

const failsAtOnce: Row = { asks: ['a m'] }
const goesElsewhere: Row = { asks: ['a m', 'a other'] }
const triesAgain: Row = { asks: ['a m', 'a m', 'b m'] }

/** What a lone failure of each reason does: rests in milliseconds with chance 0.5, which is no jitter. */
const rows: Readonly<Record<FailureReason, Row>> = {
  'bad-request': failsAtOnce,
  'too-large': failsAtOnce,
  'context-too-long': goesElsewhere,
  unsupported: goesElsewhere,
  'content-refused': failsAtOnce,
  'unknown-model': failsAtOnce,
  'not-allowed': failsAtOnce,
  cancelled: failsAtOnce,
  unauthorized: failsAtOnce,
  'limit-reached': failsAtOnce,
  'budget-spent': failsAtOnce,
  'queue-full': failsAtOnce,
  'nobody-fit': failsAtOnce,
  'deadline-passed': failsAtOnce,
  'shutting-down': failsAtOnce,
  'key-rejected': { asks: ['a m', 'b m'], key: 300_000 },
  'key-forbidden': { asks: ['a m', 'b m'], cell: 300_000 },
  'rate-limited': { asks: ['a m', 'b m'], cell: 60_000 },
  'quota-exhausted': { asks: ['a m', 'b m'], cell: 60_000 },
  billing: { asks: ['a m', 'b m'], key: 300_000 },
  'model-missing': goesElsewhere,
  overloaded: { asks: ['a m', 'b m'] },
  'upstream-broken': triesAgain,
  unreachable: triesAgain,
  'not-sent': triesAgain,
  'timed-out': goesElsewhere,
  stalled: triesAgain,
  truncated: triesAgain,
  'bad-answer': triesAgain,
}

for (const reason of failureReasons) {
  test(`${reason} is followed by what its remedy says`, async () => {
    const bench = new Bench({ keys: ['a', 'b'] })
    const asks: string[] = []
    const began = bench.clock.now()
    await bench.call({
      targets,
      attempt: async ({ key, target }) => {
        asks.push(`${key.id} ${target.model}`)
        const fails = key.id === 'a' && target.model === 'm'
        return fails ? { kind: 'failed', failure: failure(reason) } : { kind: 'committed', answer: 'yes' }
      },
    })
    const { asks: expected, key, cell } = rows[reason]
    assert.deepEqual(asks, expected)
    assert.equal(restOf(bench.whole('a'), began), key)
    assert.equal(restOf(bench.cell('a'), began), cell)
    assert.deepEqual(bench.whole('b'), { is: 'ready' })
    assert.deepEqual(bench.target(), { is: 'ready' })
  })
}

test('only what the provider or the network broke is a fault', () => {
  const faults = failureReasons.filter(isFault)
  assert.deepEqual(faults, failureReasons.slice(failureReasons.indexOf('overloaded')))
})

test('nothing that is not counted rests anything', () => {
  for (const reason of failureReasons) {
    const { counts, rest, restFor } = remedies[reason]
    assert.equal(counts === 'not', rest === 'nobody', reason)
    assert.equal(rest === 'nobody', restFor === 'none', reason)
  }
})

test('a context that is too long is never tried again on the same model, and ends as itself (F59)', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'] })
  bench.answers('*', 'context-too-long')
  const pursued = await bench.call()
  assert.equal(pursued.kind === 'failed' && pursued.failure.reason, 'context-too-long')
  assert.equal(bench.asks.length, 1)
})

function restOf(state: ReturnType<Bench['cell']>, began: number): number | undefined {
  return state?.is === 'resting' || state?.is === 'dead' ? state.until - began : undefined
}
