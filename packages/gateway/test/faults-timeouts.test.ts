/** How long is waited for what, and what the caller sees meanwhile. All time is a clock that the test moves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { answer, faults, serverError } from '@keywheel/simulator'
import { openBench } from './harness.ts'
import { errorIn, hear } from './faults/hear.ts'
import { RawCall } from './faults/raw-call.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'

const once = 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }'
/** Streams that are begun early have no status left to tell; here the status is what is looked at. */
const patient = once
const silence = faults.F10.reply()

/** The call to alpha is given up after exactly so many milliseconds. */
async function givesUpAfter(stand: Stand, limitMs: number): Promise<void> {
  const seen = await stand.alpha.seen(1)
  stand.clock.advance(limitMs - 1)
  await aWhile()
  assert.equal(seen.ended, 'running')
  stand.clock.advance(1)
  assert.equal(await seen.done, 'client-closed')
}

for (const [what, stream, alpha, limitMs] of [
  ['a stream', true, '', 30_000],
  ['a whole answer', false, '', 300_000],
  ['a stream of a provider with a limit of its own', true, 'timeouts: { first_byte_ms: 5000 }', 5000],
  ['a whole answer of a provider with a limit of its own', false, 'timeouts: { whole_first_byte_ms: 7000 }', 7000],
] as const) {
  test(`M7 ${what}: nothing comes for ${limitMs} ms, and the next provider answers`, async (t) => {
    const stand = await openStand(t, { settings: once, alpha })
    stand.alpha.script('*', silence)
    const call = stand.begin({ stream })
    await givesUpAfter(stand, limitMs)
    assert.equal((await call.ended()).headers['x-keywheel-provider'], 'beta')
    await leaves(stand, 'answered 200 seen')
  })
}

test('M7 a virtual model has limits of its own, too', async (t) => {
  const stand = await openStand(t, {
    settings: once,
    adjust: (config) => ({ ...config, virtualModels: config.virtualModels.map((each) => ({ ...each, timeouts: { firstByteMs: 2000 } })) }),
  })
  stand.alpha.script('*', silence)
  const call = stand.begin({ stream: true })
  await givesUpAfter(stand, 2000)
  assert.equal((await call.ended()).headers['x-keywheel-provider'], 'beta')
})

test('M7 a model that thinks before it answers gets 120 s for its first content', async (t) => {
  const clock = new ManualClock(Date.now())
  const yaml = 'providers:\n  deepseek: { base_url: "${DEEPSEEK_URL}", keys: ["key-a-0123456789abcdef"] }\n'
  const bench = await openBench(t, { clock, chance: () => 0, providers: { deepseek: {} }, yaml: `${patient}\n${yaml}` })
  bench.upstream.script('*', silence)
  const call = new RawCall(bench.port, { body: { model: 'deepseek/deepseek-flash', stream: true, messages: [] } })
  const seen = await bench.upstream.seen(1)
  clock.advance(119_999)
  await aWhile()
  assert.equal(seen.ended, 'running')
  clock.advance(1)
  assert.equal((await call.ended()).status, 504)
})

for (const stream of [true, false]) {
  test(`M7 everything times out (${stream ? 'streamed' : 'whole'}): a 504 in JSON`, async (t) => {
    const stand = await openStand(t, { settings: patient })
    stand.alpha.script('*', silence)
    stand.beta.script('*', silence)
    const call = stand.begin({ stream })
    await givesUpAfter(stand, stream ? 30_000 : 300_000)
    const last = await stand.beta.seen(1)
    stand.clock.advance(stream ? 30_000 : 300_000)
    const told = await call.ended()
    assert.deepEqual([told.status, errorIn(told).type, errorIn(told).code], [504, 'proxy_timeout', 'timeout'])
    assert.equal(await last.done, 'client-closed')
    await leaves(stand, 'failed 504 timed-out')
  })
}

test('M7 a whole answer that stalls behind its head is given up 60 s later, not when its first byte would have been', async (t) => {
  const stand = await openStand(t, { settings: once })
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"choices":'
  stand.alpha.script('*', { is: 'wire', steps: [{ do: 'write', bytes: head }, { do: 'stall' }] })
  const call = stand.begin()
  await stand.alpha.seen(1)
  await aWhile()
  await givesUpAfter(stand, 60_000)
  assert.equal((await call.ended()).headers['x-keywheel-provider'], 'beta')
  await leaves(stand, 'answered 200 seen')
})

test('M7 the limit between two events holds from the first one on, also where more was allowed for that', async (t) => {
  const stand = await openStand(t, { settings: once, alpha: 'timeouts: { idle_ms: 5000 }' })
  stand.alpha.script('*', faults.F41.reply({ variant: 'after-content' }))
  const call = stand.begin({ stream: true })
  await call.holds('brown')
  await givesUpAfter(stand, 5000)
  assert.equal(hear((await call.ended()).body).error?.code, 'stream_stalled')
})

test('M7 one deadline spans all attempts', async (t) => {
  const stand = await openStand(t, { settings: `${once}\ntimeouts: { deadline_ms: 40000 }` })
  stand.alpha.script('*', silence)
  stand.beta.script('*', silence)
  const call = stand.begin({ stream: true })
  await givesUpAfter(stand, 30_000)
  await stand.beta.seen(1)
  stand.clock.advance(10_000)
  assert.equal((await call.ended()).status, 504)
  assert.equal(stand.clock.timers, 0)
})

test('M7 a single provider that never answers is a 504 within its limit and a second', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', silence)
  const call = stand.begin({ model: 'alpha/m', stream: true })
  await givesUpAfter(stand, 30_000)
  stand.clock.advance(1000)
  await aWhile()
  const isAnswered = call.soFar?.finished === true
  call.leave()
  assert.ok(isAnswered)
})

test('M7 a stream that keeps sending for five minutes is not cut', async (t) => {
  const stand = await openStand(t)
  const words = Array.from({ length: 31 }, (_, index) => `w${index}`)
  stand.alpha.script('*', answer({ text: words.join(' '), everyMs: 10_000 }))
  const call = stand.begin({ stream: true })
  await stand.alpha.seen(1)
  for (let steps = 0; call.soFar?.finished !== true; steps++) {
    assert.ok(steps < 200)
    stand.clock.advance(5000)
    await aWhile()
  }
  const { body } = await call.ended()
  assert.deepEqual([hear(body).text, hear(body).done], [words.join(' '), true])
  assert.ok(stand.clock.now() > 300_000)
  await leaves(stand, 'answered 200 seen')
})

const early = `${once}\nserver: { early_commit_ms: 5000, keep_alive_ms: 2000 }`

/** A streamed call that has waited long enough to be begun early: its head is there, and one comment. */
async function begunEarly(stand: Stand): Promise<RawCall> {
  const call = stand.begin({ stream: true })
  await stand.alpha.seen(1)
  stand.clock.advance(4999)
  await aWhile()
  assert.equal(call.receivedBytes, 0)
  stand.clock.advance(1)
  await until(() => call.soFar?.headers['content-type']?.startsWith('text/event-stream') === true)
  stand.clock.advance(2000)
  await call.holds(': keepalive\n\n')
  return call
}

test('a stream that is long in coming is begun early, with comments, and then goes on as any other', async (t) => {
  const stand = await openStand(t, { settings: early })
  stand.alpha.script('*', answer({ text: 'late but whole', firstByteMs: 20_000 }))
  const call = await begunEarly(stand)
  stand.clock.advance(13_000)
  const { body, finished } = await call.ended()
  assert.deepEqual([hear(body).text, hear(body).done, finished], ['late but whole', true, true])
  await leaves(stand, 'answered 200 seen')
})

test('a failure behind an early beginning is still not seen: the next provider answers', async (t) => {
  const stand = await openStand(t, { settings: early })
  stand.alpha.script('*', { ...serverError(), afterMs: 20_000 })
  stand.beta.script('*', answer({ text: 'from beta' }))
  const call = await begunEarly(stand)
  stand.clock.advance(13_000)
  const { body, finished } = await call.ended()
  assert.deepEqual([hear(body).text, hear(body).error, finished], ['from beta', undefined, true])
  await leaves(stand, 'answered 200 seen')
})

test('when nobody answers behind an early beginning, the stream ends with an error event and unfinished', async (t) => {
  const stand = await openStand(t, { settings: early })
  stand.alpha.script('*', { ...serverError(), afterMs: 20_000 })
  stand.beta.script('*', serverError())
  const call = await begunEarly(stand)
  stand.clock.advance(13_000)
  const { body, finished } = await call.ended()
  assert.equal(hear(body).error?.code, 'provider_error')
  assert.deepEqual([hear(body).done, finished], [false, false])
  assert.equal(stand.clock.timers, 0)
  await leaves(stand, 'failed 200 upstream-broken')
})

test('a caller that leaves behind an early beginning leaves a row and no timers', async (t) => {
  const stand = await openStand(t, { settings: early })
  stand.alpha.script('*', answer({ firstByteMs: 20_000 }))
  const call = await begunEarly(stand)
  call.leave()
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await until(() => stand.clock.timers === 0)
  assert.equal(stand.beta.calls.length, 0)
  await leaves(stand, 'cancelled 499 cancelled')
})

test('our own fault behind an early beginning ends the stream with an error event, and the row is closed', async (t) => {
  let broken = false
  const chance = (): number => {
    if (broken) throw new Error('chance is broken')
    return 0
  }
  const stand = await openStand(t, { settings: early.replace(once, ''), chance })
  stand.alpha.script('*', { ...serverError(), afterMs: 20_000 })
  const call = await begunEarly(stand)
  broken = true
  stand.clock.advance(13_000)
  const { body, finished } = await call.ended()
  assert.match(String(hear(body).error?.message), /inside the gateway/)
  assert.deepEqual([hear(body).done, finished], [false, false])
  await leaves(stand, 'failed 200 upstream-broken')
})

test('a whole answer is never begun early', async (t) => {
  const stand = await openStand(t, { settings: early })
  stand.alpha.script('*', answer({ firstByteMs: 20_000 }))
  const call = stand.begin()
  await stand.alpha.seen(1)
  stand.clock.advance(19_999)
  await aWhile()
  assert.equal(call.soFar, undefined)
  stand.clock.advance(1)
  assert.equal((await call.ended()).status, 200)
})
