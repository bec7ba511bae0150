/** What rests, for how long, and who is asked instead, when a provider says no. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, faults } from '@keywheel/simulator'
import type { FaultId } from '@keywheel/simulator'
import { errorIn } from './faults/hear.ts'
import { leaves, openStand, restOf } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'

const twoKeys = { alpha: ['a', 'b'] }
const impatient = 'retry: { max_wait_ms: 0 }'

/** Seconds that the key must rest: exactly, or between two. Chance is zero, so that growing rests are a fifth shorter. */
const rests: readonly (readonly [FaultId, string, number, number | readonly [number, number]])[] = [
  ['F50', 'seconds', 7, 7],
  ['F51', 'ahead', 7, [7, 9]],
  ['F51', 'behind', 7, [7, 9]],
  ['F51', 'exact', 7, [7, 9]],
  ['F52', 'milliseconds', 0.35, 0.35],
  ['F52', 'beside-seconds', 0.35, 0.35],
  ['F52', 'zero-beside-seconds', 9, 9],
  ['F53', 'body-text', 1.2, 1.2],
  ['F53', 'retry-info', 1.2, 1.2],
  ['F53', 'reset-header', 360, 360],
  ['F53', 'nowhere', 7, 48],
  ['F54', 'negative', 7, 48],
  ['F54', 'not-a-number', 7, 48],
  ['F54', 'huge', 7, 3600],
  ['F54', 'empty', 7, 48],
  ['F54', 'two-headers', 7, [3, 9]],
]

for (const [id, variant, afterSeconds, seconds] of rests) {
  test(`${id} ${faults[id].title} (${variant}): the key rests and the next key answers at once`, async (t) => {
    const stand = await openStand(t, { keys: twoKeys })
    stand.alpha.script('key-a-0123456789abcdef', faults[id].reply({ variant, afterSeconds }))
    for (const stream of [false, true]) {
      assert.equal((await stand.hear({ model: 'alpha/m', stream })).status, 200)
    }
    assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b', 'b'])
    const rest = restOf(stand.key('a'), stand.clock) ?? 0
    const [least, most] = typeof seconds === 'number' ? [seconds, seconds] : seconds
    assert.ok(rest >= least && rest <= most, String(rest))
    assert.equal(restOf(stand.key('b'), stand.clock), undefined)
    stand.clock.advance(rest * 1000)
    await leaves(stand, 'answered 200 seen', 'answered 200 seen')
  })
}

for (const variant of faults.F55.variants) {
  test(`F55 no money left (${variant}): the whole key rests long, is not asked again, and the log says so once`, async (t) => {
    const stand = await openStand(t, { keys: twoKeys })
    stand.alpha.script('key-a-0123456789abcdef', faults.F55.reply({ variant }))
    for (const model of ['alpha/m', 'alpha/other', 'alpha/m']) assert.equal((await stand.hear({ model })).status, 200)
    assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b', 'b', 'b'])
    const { state } = stand.key('a')
    assert.ok(state.is === 'resting' && state.why === 'billing')
    assert.equal(restOf(stand.key('a'), stand.clock), 240)
    assert.equal(stand.log.filter((line) => line['event'] === 'key.rested' || line['msg'] === 'key.rested').length, 1)
  })
}

test('F56 every key rests: a 429 with the soonest return, and no provider is asked', async (t) => {
  const stand = await openStand(t, { keys: twoKeys })
  stand.alpha.script('key-a-0123456789abcdef', faults.F56.reply({ afterSeconds: 90 }))
  stand.alpha.script('key-b-0123456789abcdef', faults.F56.reply({ afterSeconds: 40 }))
  for (let turn = 0; turn < 20; turn++) {
    const { status, headers, body } = await stand.hear({ model: 'alpha/m', stream: turn % 2 === 0 })
    assert.deepEqual([status, headers['retry-after']], [429, '40'])
    assert.equal(errorIn({ body }).code, 'rate_limit_exceeded')
  }
  assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b'])
  stand.alpha.script('key-b-0123456789abcdef', answer())
  stand.clock.advance(40_000)
  assert.equal((await stand.hear({ model: 'alpha/m' })).status, 200)
  assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b', 'b'])
})

test('F56 a key that is back within the patience of a call is waited for', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F56.reply({ afterSeconds: 7 }), answer({ text: 'after the wait' }))
  const call = stand.begin({ model: 'alpha/m' })
  await stand.alpha.seen(1)
  await until(() => restOf(stand.key('a'), stand.clock) === 7)
  stand.clock.advance(6999)
  assert.equal(stand.alpha.calls.length, 1)
  stand.clock.advance(1)
  assert.match((await call.ended()).body.toString(), /after the wait/)
  await leaves(stand, 'answered 200 seen')
})

for (const variant of faults.F57.variants) {
  test(`F57 an overloaded provider (${variant}) gets hardly more than what is offered, the next one answers, and it comes back`, async (t) => {
    const stand = await openStand(t, { keys: twoKeys, settings: impatient })
    stand.alpha.script('*', faults.F57.reply({ variant }))
    const offered = 60
    for (let call = 0; call < offered; call++) {
      assert.equal((await stand.hear({ stream: call % 2 === 0 })).headers['x-keywheel-provider'], 'beta')
      stand.clock.advance(1000)
    }
    assert.ok(stand.alpha.calls.length <= 1.2 * offered, String(stand.alpha.calls.length))
    stand.alpha.script('*', answer())
    stand.clock.advance(300_000)
    assert.equal((await stand.hear()).headers['x-keywheel-provider'], 'alpha')
  })

  test(`F57 an overloaded provider alone (${variant}) is a 503 that says when to come back`, async (t) => {
    const stand = await openStand(t, { settings: impatient })
    stand.alpha.script('*', faults.F57.reply({ variant }))
    for (const stream of [false, true]) {
      const { status, headers, body } = await stand.hear({ model: 'alpha/m', stream })
      assert.deepEqual([status, errorIn({ body }).code], [503, 'provider_overloaded'])
      assert.ok(Number(headers['retry-after']) >= 1)
    }
    await leaves(stand, 'failed 503 overloaded', 'failed 503 overloaded')
  })
}

for (const variant of faults.F58.variants) {
  test(`F58 a refused key (${variant}) is out, another one answers, and the log says so once`, async (t) => {
    const stand = await openStand(t, { keys: twoKeys })
    stand.alpha.script('key-a-0123456789abcdef', faults.F58.reply({ variant }))
    for (const stream of [false, true, false]) assert.equal((await stand.hear({ model: 'alpha/m', stream })).status, 200)
    assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b', 'b', 'b'])
    assert.equal(restOf(stand.key('a'), stand.clock), 240)
    assert.equal(stand.key('a').state.is, variant === 'status-403' ? 'ready' : 'resting')
    assert.equal(stand.log.filter((line) => line['event'] === 'key.rested' || line['msg'] === 'key.rested').length, 1)
    assert.ok(!JSON.stringify(stand.log).includes('key-a-0123456789abcdef'))
    await leaves(stand, 'answered 200 seen', 'answered 200 seen', 'answered 200 seen')
  })
}

for (const stream of [false, true]) {
  const asked = stream ? 'streamed' : 'whole'
  test(`F59 a prompt that is too long (${asked}) is never repeated on the same model; a chain may have a longer one`, async (t) => {
    const stand = await openStand(t, { keys: twoKeys })
    stand.alpha.script('*', faults.F59.reply({ variant: 'context-length' }))
    const only = await stand.hear({ model: 'alpha/m', stream })
    assert.deepEqual([only.status, errorIn(only).code, errorIn(only).param], [400, 'context_length_exceeded', 'messages'])
    assert.equal(stand.alpha.calls.length, 1)
    assert.equal((await stand.hear({ stream })).headers['x-keywheel-provider'], 'beta')
    assert.equal(stand.alpha.calls.length, 2)
    assert.equal(restOf(stand.key('a'), stand.clock), undefined)
    await leaves(stand, 'failed 400 context-too-long', 'answered 200 seen')
  })

  test(`F59 refused content (${asked}) goes to the caller as the provider said it, and to nobody else`, async (t) => {
    const stand = await openStand(t, { keys: twoKeys })
    stand.alpha.script('*', faults.F59.reply({ variant: 'content-policy' }))
    const refused = await stand.hear({ stream })
    assert.deepEqual([refused.status, errorIn(refused).code], [400, 'content_policy_violation'])
    assert.match(errorIn(refused).message, /content policy/)
    assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [1, 0])
    await leaves(stand, 'failed 400 content-refused')
  })
}

for (const end of ['fin', 'reset', 'stall'] as const) {
  test(`a refusal whose explanation breaks off (${end}) is that refusal all the same`, async (t) => {
    const stand = await openStand(t, { keys: twoKeys })
    const head = 'HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 500\r\n\r\n{"error":'
    stand.alpha.script('key-a-0123456789abcdef', { is: 'wire', steps: [{ do: 'write', bytes: head }, { do: end }] })
    const call = stand.begin({ model: 'alpha/m' })
    await stand.alpha.seen(1)
    await aWhile()
    if (end === 'stall') stand.clock.advance(60_000)
    assert.equal((await call.ended()).status, 200)
    assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b'])
    assert.equal(restOf(stand.key('a'), stand.clock), 7)
    await leaves(stand, 'answered 200 seen')
  })
}
