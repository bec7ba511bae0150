/** What rests, for how long, and who is asked instead, when a provider says no. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, faults } from '@keywheel/simulator'
import type { FaultId } from '@keywheel/simulator'
import { leaves, openStand, restOf } from './faults/stand.ts'
import { tellsOf } from './faults/tells.ts'
import { aWhile, until } from './faults/until.ts'
import { ask, begin, heardIn, inWords, openWay, speeches, straight, vendors } from './faults/ways.ts'
import type { Speech, Way } from './faults/ways.ts'
import { keyText } from './harness.ts'

const twoKeys = { alpha: ['a', 'b'] }
const firstKey = keyText('a')
const secondKey = keyText('b')
const impatient = 'retry: { max_wait_ms: 0 }'

/** Whole and streamed. */
function bothForms(speech: Speech): readonly Way[] {
  return [straight(speech), straight(speech, true)]
}

/** For titles: client and provider speak it. */
function dialectOf(speech: Speech): string {
  return `${vendors[speech]} client and provider`
}

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
  ['F53', 'reset-header', 360, [360, 361]],
  ['F53', 'nowhere', 7, 48],
  ['F54', 'negative', 7, 48],
  ['F54', 'not-a-number', 7, 48],
  ['F54', 'huge', 7, 3600],
  ['F54', 'empty', 7, 48],
  ['F54', 'two-headers', 7, [3, 9]],
]

for (const [id, variant, afterSeconds, seconds] of rests) {
  for (const speech of speeches) {
    test(`${id} ${faults[id].title} (${variant}): the key rests and the next key answers at once: ${dialectOf(speech)}`, async (t) => {
      const stand = await openWay(t, straight(speech), { keys: twoKeys })
      stand.alpha.script(firstKey, faults[id].reply({ variant, afterSeconds, speech }))
      for (const way of bothForms(speech)) assert.equal((await ask(stand, way, { model: 'alpha/m' })).status, 200)
      assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b', 'b'])
      const rest = restOf(stand.key('a'), stand.clock) ?? 0
      const [least, most] = typeof seconds === 'number' ? [seconds, seconds] : seconds
      assert.ok(rest >= least && rest <= most, String(rest))
      assert.equal(restOf(stand.key('b'), stand.clock), undefined)
      stand.clock.advance(rest * 1000)
      await leaves(stand, 'answered 200 seen', 'answered 200 seen')
    })
  }
}

for (const speech of speeches) {
  const dialect = dialectOf(speech)
  const [whole, streamed] = [straight(speech), straight(speech, true)]

  for (const variant of faults.F55.variants) {
    test(`F55 no money left (${variant}): the whole key rests long, is not asked again, and the log says so once: ${dialect}`, async (t) => {
      const stand = await openWay(t, whole, { keys: twoKeys })
      stand.alpha.script(firstKey, faults.F55.reply({ variant, speech }))
      for (const model of ['alpha/m', 'alpha/other']) {
        for (const way of bothForms(speech)) assert.equal((await ask(stand, way, { model })).status, 200)
      }
      assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b', 'b', 'b', 'b'])
      const { state } = stand.key('a')
      assert.ok(state.is === 'resting' && state.why === 'billing')
      assert.equal(restOf(stand.key('a'), stand.clock), 240)
      assert.equal(stand.log.filter((line) => line['event'] === 'key.rested').length, 1)
    })
  }

  test(`F56 every key rests: a 429 with the soonest return, and no provider is asked: ${dialect}`, async (t) => {
    const stand = await openWay(t, whole, { keys: twoKeys })
    stand.alpha.script(firstKey, faults.F56.reply({ afterSeconds: 90, speech }))
    stand.alpha.script(secondKey, faults.F56.reply({ afterSeconds: 40, speech }))
    for (let turn = 0; turn < 10; turn++) {
      for (const way of bothForms(speech)) {
        const told = await ask(stand, way, { model: 'alpha/m' })
        assert.deepEqual([told.status, told.headers['retry-after'], told.headers['retry-after-ms']], [429, '40', '40000'])
        assert.equal(heardIn(way, told).error?.code, tellsOf(speech, 'rate-limited').code)
      }
    }
    assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b'])
    stand.alpha.script(secondKey, answer())
    stand.clock.advance(40_000)
    assert.equal((await ask(stand, streamed, { model: 'alpha/m' })).status, 200)
    assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b', 'b'])
  })

  test(`F56 keys that stay limited are asked once for each rest, however many calls come: ${dialect}`, async (t) => {
    const stand = await openWay(t, whole, { keys: twoKeys, settings: impatient })
    stand.alpha.script('*', faults.F56.reply({ afterSeconds: 1, speech }))
    const seconds = 20
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      assert.equal((await ask(stand, whole, { model: 'alpha/m' })).status, 429)
      stand.clock.advance(100)
    }
    // Two keys, each at most once a second.
    assert.ok(stand.alpha.calls.length <= 2 * (seconds + 1), String(stand.alpha.calls.length))
  })

  test(`F56 a key that is back within the patience of a call is waited for, and nothing spins meanwhile: ${dialect}`, async (t) => {
    const stand = await openWay(t, whole)
    stand.alpha.script('*', faults.F56.reply({ afterSeconds: 7, speech }), answer({ text: 'after the wait' }))
    const call = begin(stand, whole, { model: 'alpha/m' })
    await stand.alpha.seen(1)
    await until(() => restOf(stand.key('a'), stand.clock) === 7)
    stand.clock.advance(6999)
    await aWhile()
    assert.equal(stand.alpha.calls.length, 1)
    stand.clock.advance(1)
    assert.equal(heardIn(whole, await call.ended()).text, 'after the wait')
    await leaves(stand, 'answered 200 seen')
  })

  for (const variant of faults.F57.variants) {
    test(`F57 an overloaded provider (${variant}) gets hardly more than what is offered, the next one answers, and it comes back: ${dialect}`, async (t) => {
      const stand = await openWay(t, whole, { keys: twoKeys, settings: impatient })
      stand.alpha.script('*', faults.F57.reply({ variant, speech }))
      const offered = 60
      for (let call = 0; call < offered; call++) {
        assert.equal((await ask(stand, call % 2 === 0 ? whole : streamed)).headers['x-keywheel-provider'], 'beta')
        stand.clock.advance(1000)
      }
      assert.ok(stand.alpha.calls.length <= 1.2 * offered, String(stand.alpha.calls.length))
      stand.alpha.script('*', answer())
      stand.clock.advance(300_000)
      assert.equal((await ask(stand, whole)).headers['x-keywheel-provider'], 'alpha')
    })

    test(`F57 an overloaded provider alone (${variant}) is told as one, with when to come back: ${dialect}`, async (t) => {
      const stand = await openWay(t, whole, { settings: impatient })
      stand.alpha.script('*', faults.F57.reply({ variant, speech }))
      const { status, type, code } = tellsOf(speech, 'overloaded')
      for (const way of bothForms(speech)) {
        const told = await ask(stand, way, { model: 'alpha/m' })
        const { error } = heardIn(way, told)
        assert.deepEqual([told.status, error?.type, error?.code], [status, type, code])
        assert.ok(Number(told.headers['retry-after']) >= 1)
      }
      await leaves(stand, `failed ${status} overloaded`, `failed ${status} overloaded`)
    })
  }

  for (const variant of faults.F58.variants) {
    test(`F58 a refused key (${variant}) is out, another one answers, and the log says so once: ${dialect}`, async (t) => {
      const stand = await openWay(t, whole, { keys: twoKeys })
      stand.alpha.script(firstKey, faults.F58.reply({ variant, speech }))
      const ways = [...bothForms(speech), whole]
      for (const way of ways) assert.equal((await ask(stand, way, { model: 'alpha/m' })).status, 200)
      assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b', 'b', 'b'])
      // Forbidden is a key for one model; refused is it for all.
      const isForbidden = variant === 'status-403'
      assert.equal(stand.key('a').state.is, isForbidden ? 'ready' : 'dead')
      assert.ok((restOf(stand.key('a'), stand.clock) ?? 0) >= 240)
      const announced = stand.log.filter((line) => line['event'] === (isForbidden ? 'key.rested' : 'key.dead'))
      assert.equal(announced.length, 1)
      assert.ok(!JSON.stringify(stand.log).includes(firstKey))
      await leaves(stand, ...ways.map(() => 'answered 200 seen'))
    })
  }

  for (const way of bothForms(speech)) {
    test(`F59 a prompt that is too long is never repeated on the same model; a chain may have a longer one: ${inWords(way)}`, async (t) => {
      const stand = await openWay(t, way, { keys: twoKeys })
      stand.alpha.script('*', faults.F59.reply({ variant: 'context-length', speech }))
      const only = await ask(stand, way, { model: 'alpha/m' })
      assert.deepEqual([only.status, heardIn(way, only).error?.type], [400, 'invalid_request_error'])
      assert.match(only.body.toString(), speech === 'openai' ? /"context_length_exceeded"/ : /prompt is too long/)
      assert.equal(stand.alpha.calls.length, 1)
      assert.equal((await ask(stand, way)).headers['x-keywheel-provider'], 'beta')
      assert.equal(stand.alpha.calls.length, 2)
      assert.equal(restOf(stand.key('a'), stand.clock), undefined)
      await leaves(stand, 'failed 400 context-too-long', 'answered 200 seen')
    })

    test(`F59 refused content goes to the caller as the provider said it, and to nobody else: ${inWords(way)}`, async (t) => {
      const stand = await openWay(t, way, { keys: twoKeys })
      stand.alpha.script('*', faults.F59.reply({ variant: 'content-policy', speech }))
      const refused = await ask(stand, way)
      const { error } = heardIn(way, refused)
      assert.deepEqual([refused.status, error?.code], [400, speech === 'openai' ? 'content_policy_violation' : undefined])
      assert.match(error?.message ?? '', /content (filtering )?policy/)
      assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [1, 0])
      await leaves(stand, 'failed 400 content-refused')
    })
  }
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
