/** Everything that is not chat goes through as it is: with pools, with fallback, and with a row that says only what is known. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overloaded, rateLimited } from '@keywheel/simulator'
import type { CallRow } from '../src/usage/call-row.ts'
import { RawCall } from './faults/raw-call.ts'
import type { RawAnswer } from './faults/raw-call.ts'
import { openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { asked, cases, hearOut } from './operations/operations.ts'
import type { Case } from './operations/operations.ts'

function call(stand: Stand, one: Case, model: string): Promise<RawAnswer> {
  return hearOut(new RawCall(stand.port, asked(one, model)), stand.clock)
}

function bytesOf({ reply }: Case): Buffer {
  const { body = '' } = reply
  if (body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function typeOf({ reply }: Case): string | undefined {
  const { headers } = reply
  return typeof headers === 'object' && 'content-type' in headers ? headers['content-type'] : undefined
}

function checkRow({ operation, tokens }: Case, [row]: readonly CallRow[]): void {
  assert.ok(row)
  assert.deepEqual([row.operation, row.end, row.stream, row.passedThrough], [operation, 'answered', 0, 1])
  // Nothing is invented: what nobody told is not known.
  const known = tokens === undefined ? [null, null, null] : [...tokens, 'provider']
  assert.deepEqual([row.inputTokens, row.outputTokens, row.usageSource], known)
}

for (const one of cases) {
  test(`POST ${one.path} passes through, byte by byte but for the model, and leaves its row`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', one.reply)
    const answer = await call(stand, one, 'alpha/m')
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.body, bytesOf(one))
    assert.equal(answer.headers['content-type'], typeOf(one))
    assert.equal(answer.headers['x-keywheel-provider'], 'alpha')
    const seen = await stand.alpha.seen(1)
    assert.equal(seen.path, one.asksAt)
    assert.deepEqual(seen.body, one.body('m'))
    assert.equal(seen.headers['content-type'], one.headers?.['content-type'] ?? 'application/json')
    checkRow(one, await stand.rows())
  })

  test(`POST ${one.path}: a key that is rate limited rests, and the next one answers`, async (t) => {
    const stand = await openStand(t, { keys: { alpha: ['a', 'b'] } })
    stand.alpha.script('*', rateLimited({ afterSeconds: 30 }), one.reply)
    assert.deepEqual((await call(stand, one, 'alpha/m')).body, bytesOf(one))
    assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b'])
    assert.deepEqual(stand.alpha.calls[1]?.body, one.body('m'))
    assert.equal((await stand.rows())[0]?.end, 'answered')
  })

  test(`POST ${one.path}: a provider that cannot gives way to the next of the chain`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', overloaded())
    stand.beta.script('*', one.reply)
    const answer = await call(stand, one, 'chain')
    assert.deepEqual(answer.body, bytesOf(one))
    assert.deepEqual([answer.headers['x-keywheel-provider'], answer.headers['x-keywheel-route']], ['beta', 'chain'])
    assert.deepEqual(stand.beta.calls[0]?.body, one.body('m'))
  })

  test(`POST ${one.path}: an answer that is none of this operation is passed on to nobody`, async (t) => {
    const stand = await openStand(t)
    for (const reply of [
      { is: 'status', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      { is: 'status', status: 200, body: { error: { message: 'No.', type: 'server_error' } } },
      { is: 'status', status: 200, body: { hello: 'world' } },
    ] as const) {
      stand.alpha.script('*', reply)
      stand.beta.script('*', one.reply)
      const answer = await call(stand, one, 'chain')
      assert.deepEqual([answer.headers['x-keywheel-provider'], answer.body.equals(bytesOf(one))], ['beta', true])
    }
  })
}
