import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, open } from '../testing.test.ts'
import { faults } from './faults.ts'
import type { FaultId } from './fault.ts'

/** The status, the body, and the headers of a fault in Anthropic's words. */
async function said(
  t: Parameters<typeof open>[0],
  id: FaultId,
  variant: string,
): Promise<{ status: number; text: string; headers: Headers }> {
  const simulator = await open(t)
  simulator.script('a', faults[id].reply({ variant, speech: 'anthropic' }))
  const response = await ask(simulator, { stream: faults[id].on(variant) === 'stream' }, { path: '/messages' })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

test('refusals in Anthropic’s words have its form, its types and its statuses', async (t) => {
  for (const [id, variant, status, type] of [
    ['F50', 'seconds', 429, 'rate_limit_error'],
    ['F55', 'insufficient-quota', 400, 'invalid_request_error'],
    ['F57', 'status-529', 529, 'overloaded_error'],
    ['F58', 'status-401', 401, 'authentication_error'],
    ['F59', 'context-length', 400, 'invalid_request_error'],
  ] as const) {
    const told = await said(t, id, variant)
    const { type: outer, error } = JSON.parse(told.text) as { type: string; error: { type: string } }
    assert.deepEqual([told.status, outer, error.type], [status, 'error', type], variant)
  }
  assert.equal((await said(t, 'F50', 'seconds')).headers.get('retry-after'), '7')
  assert.match((await said(t, 'F53', 'reset-header')).headers.get('anthropic-ratelimit-requests-reset') ?? '', /^\d{4}-\d\d-\d\dT/)
})

test('what is another vendor’s stays as it is', async (t) => {
  assert.match((await said(t, 'F58', 'invalid-as-400')).text, /"API_KEY_INVALID"/)
  assert.match((await said(t, 'F18', 'page')).text, /^<!doctype html>/)
})

test('good parts and errors in disguise are Anthropic’s as well', async (t) => {
  assert.match((await said(t, 'F32', 'bom')).text, /"content":\[\{"type":"text"/)
  assert.match((await said(t, 'F34', 'stream-unasked')).text, /event: message_start\n.*event: message_stop\n/s)
  assert.match(
    (await said(t, 'F30', 'overloaded-stream')).text,
    /^event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error"/,
  )
  const { text } = await said(t, 'F29', 'nan')
  assert.match(text, /"input_tokens":NaN/)
})
