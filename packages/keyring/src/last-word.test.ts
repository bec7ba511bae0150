/** How a pursuit without an answer ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, poolOf } from './harness.test.ts'
import type { Failure } from './verdict.ts'

test('without any key the call fits nobody', async () => {
  const bench = new Bench({ pools: [poolOf('empty', [])] })
  for (const pool of ['empty', 'unheard-of']) {
    const pursued = await bench.call({ targets: [{ pool, model: 'm' }] })
    assert.ok(pursued.kind === 'failed')
    assert.equal(pursued.failure.reason, 'nobody-fit')
    assert.deepEqual(pursued.refused, [{ target: { pool, model: 'm' }, why: 'no-keys' }])
    assert.equal(bench.keyring.readyIn({ pool, model: 'm' }), undefined)
  }
  assert.ok((await bench.call({ targets: [] })).kind === 'failed')
})

const lastWords: readonly (readonly [string, readonly (Failure['reason'] | Failure)[], Failure['reason']])[] = [
  ['limits only', ['rate-limited', 'quota-exhausted', 'rate-limited'], 'rate-limited'],
  ['keys that are out only', ['key-rejected', 'billing', 'key-forbidden'], 'key-forbidden'],
  ['a limit among keys that are out', ['key-rejected', 'rate-limited', 'billing'], 'rate-limited'],
  ['a fault among limits', ['rate-limited', 'overloaded', 'rate-limited'], 'overloaded'],
]

for (const [what, replies, expected] of lastWords) {
  test(`${what} end as ${expected}`, async () => {
    const bench = new Bench({ keys: ['a', 'b', 'c'], limits: { maxWaitMs: 0 } })
    for (const [index, reply] of replies.entries()) bench.answers(['a', 'b', 'c'][index] ?? '', reply)
    const pursued = await bench.call()
    assert.ok(pursued.kind === 'failed')
    assert.equal(pursued.failure.reason, expected)
    assert.equal(pursued.attempts.length, 3)
  })
}

test('keys that are all out for their own reasons say so to later calls, too', async () => {
  const bench = new Bench()
  bench.answers('a', 'key-rejected')
  await bench.call()
  const pursued = await bench.call()
  assert.ok(pursued.kind === 'failed')
  assert.equal(pursued.failure.reason, 'key-rejected')
  assert.equal(pursued.attempts.length, 0)
})
