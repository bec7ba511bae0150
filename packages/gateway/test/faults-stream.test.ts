/** What a caller gets when a provider's stream breaks, stalls or ends strangely. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, faults, serverError } from '@keywheel/simulator'
import { hear } from './faults/hear.ts'
import { leaves, openStand } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'

const stream = { stream: true }

for (const id of ['F35', 'F36'] as const) {
  for (const variant of faults[id].variants) {
    test(`${id} ${faults[id].title} (${variant}): whole events, an error event, an unfinished body`, async (t) => {
      const stand = await openStand(t)
      stand.alpha.script('*', faults[id].reply({ variant, events: 3 }))
      const { status, body, finished } = await stand.hear(stream)
      const heard = hear(body)
      assert.equal(status, 200)
      assert.equal(heard.text, 'The quick brown')
      assert.equal(heard.error?.code, 'answer_truncated')
      assert.deepEqual([heard.done, finished], [false, false])
      assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [1, 0])
      await leaves(stand, 'broken 200 truncated')
    })
  }
}

for (const variant of faults.F37.variants) {
  test(`F37 an error event before content (${variant}) is not seen: the next provider answers`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', faults.F37.reply({ variant }))
    stand.beta.script('*', answer({ text: 'from beta' }))
    const { body, finished, headers } = await stand.hear(stream)
    const heard = hear(body)
    assert.deepEqual([heard.text, heard.error, heard.done, finished], ['from beta', undefined, true, true])
    assert.equal(headers['x-keywheel-provider'], 'beta')
    assert.ok(!body.includes('PROCESSING'))
    await leaves(stand, 'answered 200 seen')
  })
}

for (const variant of faults.F38.variants) {
  test(`F38 an error event after content (${variant}) reaches the caller as one, and nobody else is asked`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', faults.F38.reply({ variant }))
    const { body, finished } = await stand.hear(stream)
    const heard = hear(body)
    assert.equal(heard.text, 'The quick brown')
    assert.ok(heard.error !== undefined && heard.error.message.length > 0)
    assert.equal(heard.error.type, 'server_error')
    assert.deepEqual([heard.done, finished], [false, false])
    assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [1, 0])
    await leaves(stand, `broken 200 ${variant === 'in-chunk' ? 'upstream-broken' : 'overloaded'}`)
  })
}

for (const variant of faults.F39.variants) {
  test(`F39 a finish reason without [DONE] (${variant}) is a whole answer, and [DONE] is added`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', faults.F39.reply({ variant, text: 'all of it' }))
    const { body, finished } = await stand.hear(stream)
    const heard = hear(body)
    assert.deepEqual([heard.text, heard.error, heard.done, finished], ['all of it', undefined, true, true])
    await leaves(stand, 'answered 200 inferred')
  })
}

for (const variant of faults.F40.variants) {
  test(`F40 [DONE] and an open connection (${variant}): the caller is done at once, the provider is left after a second`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', faults.F40.reply({ variant, text: 'all of it' }))
    const { body, finished } = await stand.hear(stream)
    assert.deepEqual([hear(body).text, hear(body).done, finished], ['all of it', true, true])
    await until(() => stand.gateway.keyring.inFlight === 0)
    stand.clock.advance(999)
    await aWhile()
    assert.equal(stand.alpha.calls[0]?.ended, 'running')
    stand.clock.advance(1)
    assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
    await leaves(stand, 'answered 200 seen')
  })
}

test('F41 a stall after content: comments every 15 s, an error event after 60 s', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F41.reply({ variant: 'after-content' }))
  const call = stand.begin(stream)
  await call.holds('brown')
  for (let comments = 1; comments <= 3; comments++) {
    stand.clock.advance(15_000)
    await until(() => hear(call.soFar?.body ?? Buffer.alloc(0)).comments.length === comments)
  }
  stand.clock.advance(14_999)
  await aWhile()
  assert.equal(call.isClosed, false)
  stand.clock.advance(1)
  const { body, finished } = await call.ended()
  assert.equal(hear(body).error?.code, 'stream_stalled')
  assert.deepEqual([hear(body).text, hear(body).done, finished], ['The quick brown', false, false])
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  assert.equal(stand.clock.timers, 0)
  await leaves(stand, 'broken 200 stalled')
})

for (const [variant, limitMs] of [
  ['before-content', 60_000],
  ['after-head', 30_000],
] as const) {
  test(`F41 a stall ${variant}: after ${limitMs} ms the next provider answers`, async (t) => {
    const stand = await openStand(t, { settings: 'retry: { max_attempts_per_key: 1 }' })
    stand.alpha.script('*', faults.F41.reply({ variant }))
    const call = stand.begin(stream)
    await stand.alpha.seen(1)
    await aWhile()
    stand.clock.advance(limitMs - 1)
    await aWhile()
    assert.equal(stand.beta.calls.length, 0)
    stand.clock.advance(1)
    assert.equal(hear((await call.ended()).body).done, true)
    assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [1, 1])
    await leaves(stand, 'answered 200 seen')
  })
}

test('F42 nothing but comments before content: the limit for the first content counts, and the next provider answers', async (t) => {
  const stand = await openStand(t, { settings: 'retry: { max_attempts_per_key: 1 }' })
  stand.alpha.script('*', faults.F42.reply({ variant: 'before-content' }))
  stand.beta.script('*', answer({ text: 'from beta' }))
  const call = stand.begin(stream)
  await stand.alpha.seen(1)
  for (let second = 0; second < 30; second++) {
    await aWhile()
    assert.equal(stand.beta.calls.length, 0)
    stand.clock.advance(1000)
  }
  const { body } = await call.ended()
  assert.deepEqual([hear(body).text, hear(body).comments], ['from beta', []])
  await leaves(stand, 'answered 200 seen')
})

test('F42 nothing but comments after content: they are no sign of life, and the stream breaks off after 60 s', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F42.reply({ variant: 'after-content', everyMs: 4000 }))
  const call = stand.begin(stream)
  await call.holds('brown')
  for (let time = 1; time <= 14; time++) {
    stand.clock.advance(4000)
    await until(() => hear(call.soFar?.body ?? Buffer.alloc(0)).comments.length >= time)
  }
  stand.clock.advance(4000)
  const { body, finished } = await call.ended()
  assert.equal(hear(body).error?.code, 'stream_stalled')
  assert.deepEqual([hear(body).done, finished], [false, false])
  await leaves(stand, 'broken 200 stalled')
})

test('F43 a line without end in the middle is cut at 1 MiB: memory stays flat and the caller is told', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F43.reply({ variant: 'in-content' }))
  const before = process.memoryUsage().rss
  const { body, finished } = await stand.hear(stream)
  assert.equal(hear(body).error?.code, 'provider_bad_answer')
  assert.deepEqual([hear(body).text, hear(body).done, finished], ['The quick brown', false, false])
  assert.ok(process.memoryUsage().rss - before < 40 * 1024 * 1024)
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await leaves(stand, 'broken 200 bad-answer')
})

test('F43 a line without end at first is not seen: the next provider answers', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F43.reply({ variant: 'first' }))
  stand.beta.script('*', answer({ text: 'from beta' }))
  assert.equal(hear((await stand.hear(stream)).body).text, 'from beta')
  await leaves(stand, 'answered 200 seen')
})

test('F48 whatever follows [DONE] is dropped', async (t) => {
  const stand = await openStand(t)
  for (const variant of faults.F48.variants) {
    stand.alpha.script('*', faults.F48.reply({ variant, text: 'all of it' }))
    const { body, finished } = await stand.hear(stream)
    assert.equal(hear(body).text, 'all of it')
    assert.ok(body.toString().endsWith('data: [DONE]\n\n'))
    assert.equal(finished, true)
  }
  await leaves(stand, ...faults.F48.variants.map(() => 'answered 200 seen'))
})

test('P2 after content there is no second attempt, whatever goes wrong', async (t) => {
  const stand = await openStand(t)
  const late = [faults.F35, faults.F36, faults.F38].flatMap((fault) => fault.variants.map((variant) => fault.reply({ variant })))
  stand.alpha.script('*', ...late)
  for (const _each of late) {
    stand.clock.advance(600_000)
    assert.ok(hear((await stand.hear(stream)).body).error !== undefined)
  }
  assert.equal(stand.alpha.calls.length, late.length)
  assert.equal(stand.beta.calls.length, 0)
})

test('a failure before content is not seen, streamed or whole', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', serverError())
  stand.beta.script('*', answer({ text: 'from beta' }))
  assert.equal(hear((await stand.hear(stream)).body).text, 'from beta')
  const whole = await stand.hear()
  assert.equal(whole.status, 200)
  assert.match(whole.body.toString(), /from beta/)
  await leaves(stand, 'answered 200 seen', 'answered 200 seen')
})

test('a stream that is over leaves its connection to the next call', async (t) => {
  const stand = await openStand(t)
  for (const tokens of [1, 1000, 1, 1000]) {
    stand.alpha.script('*', answer({ tokens }))
    assert.equal(hear((await stand.hear(stream)).body).done, true)
    await aWhile()
  }
  assert.equal(stand.alpha.totalConnections, 1)
})
