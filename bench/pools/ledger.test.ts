/** The ledger notices what must never happen: without this a run without violations would mean nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from './calls.ts'
import { Ledger } from './ledger.ts'

function call(id: number): Call {
  return { id, arrivesAt: 0, tokens: 10, roughTokens: 10, firstByteMs: 1, streamMs: 1, refusalMs: 1 }
}

test('a call that ends twice, or asks after its end, is a violation', () => {
  const ledger = new Ledger(1)
  ledger.arrived(call(1), 0)
  ledger.answered(call(1), 0, 1)
  ledger.failed(call(1), 'late', 2)
  ledger.requested(call(1), 0, 3)
  assert.deepEqual(ledger.close().violations, ['call 1 ended twice', 'call 1 asked after its end'])
})

test('a key with more in flight than allowed, or with less than nothing, is a violation', () => {
  const ledger = new Ledger(1)
  for (let count = 0; count < 3; count++) ledger.holds(0, 1, 2)
  for (let count = 0; count < 4; count++) ledger.holds(0, -1, 2)
  assert.deepEqual(ledger.close().violations, ['key 0 has 3 requests in flight, 2 are allowed', 'key 0 has -1 requests in flight'])
})

test('refusals are counted once for each call, and faults are none', () => {
  const ledger = new Ledger(2)
  for (const id of [1, 2, 3]) ledger.arrived(call(id), 0)
  for (const isAvoidable of [false, true, true]) ledger.refused(call(1), { reason: 'rate-limited', isAvoidable }, 1)
  ledger.refused(call(2), { reason: 'quota-exhausted', isAvoidable: false }, 1)
  ledger.refused(call(3), { reason: 'overloaded', isAvoidable: true }, 1)
  const { refused, limitedCalls, avoidableCalls } = ledger.close()
  assert.deepEqual({ refused, limitedCalls, avoidableCalls }, { refused: 5, limitedCalls: 2, avoidableCalls: 1 })
})

test('other events give another hash', () => {
  assert.equal(hashOf(1), hashOf(1))
  assert.notEqual(hashOf(1), hashOf(2))
})

function hashOf(at: number): string {
  const ledger = new Ledger(1)
  ledger.arrived(call(1), at)
  return ledger.close().hash
}
