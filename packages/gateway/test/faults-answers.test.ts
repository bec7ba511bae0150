/**
 * What becomes of a call when the connection, the head or the body of an answer is broken, beyond what faults-matrix.test.ts
 * looks at: how long is waited, what is repeated, where nothing may be sent, and what it may cost.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, faults } from '@keywheel/simulator'
import { leaves, restOf } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { tellsOf } from './faults/tells.ts'
import { aWhile, until } from './faults/until.ts'
import { ask, begin, everyWay, heardIn, inWords, openWay, speeches, straight, straightWays, suits } from './faults/ways.ts'
import type { Way } from './faults/ways.ts'

const impatient = 'retry: { max_wait_ms: 0 }'
const once = 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }'
/** What may have been answered and paid for is not sent again. */
const careful = 'retry: { max_attempts_per_key: 2, max_wait_ms: 0, repeat_unanswered: false }'
const alone = { model: 'alpha/m' }

function limitMs({ stream }: Way): number {
  return stream ? 30_000 : 300_000
}

for (const way of straightWays) {
  test(`F10 a request that is read and never answered: ${inWords(way)}: the next provider after ${limitMs(way)} ms`, async (t) => {
    const stand = await openWay(t, way, { settings: once })
    stand.alpha.script('*', faults.F10.reply())
    const call = begin(stand, way)
    await stand.alpha.seen(1)
    stand.clock.advance(limitMs(way) - 1)
    await aWhile()
    assert.equal(stand.beta.calls.length, 0)
    stand.clock.advance(1)
    assert.equal((await call.ended()).headers['x-keywheel-provider'], 'beta')
    assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
    assert.equal(stand.alpha.calls.length, 1)
    await leaves(stand, 'answered 200 seen')
  })

  test(`F10 a request that is never answered goes to nobody else where the owner wants no repeats: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way, { settings: careful })
    stand.alpha.script('*', faults.F10.reply())
    const call = begin(stand, way)
    await stand.alpha.seen(1)
    stand.clock.advance(limitMs(way))
    const { status, type } = tellsOf(way.client, 'timed-out')
    const told = await call.ended()
    assert.deepEqual([told.status, heardIn(way, told).error?.type], [status, type])
    assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [1, 0])
    await leaves(stand, 'failed 504 timed-out')
  })

  test(`F11 a head that drips is timed as a whole, however steadily it comes: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way, { settings: once })
    const everyMs = limitMs(way) / 30
    stand.alpha.script('*', faults.F11.reply({ everyMs, speech: way.provider }))
    const call = begin(stand, way)
    await stand.alpha.seen(1)
    for (let step = 1; step <= 30; step++) {
      await aWhile()
      assert.equal(stand.beta.calls.length, 0)
      stand.clock.advance(everyMs)
    }
    assert.equal((await call.ended()).headers['x-keywheel-provider'], 'beta')
    assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
    await leaves(stand, 'answered 200 seen')
  })

  test(`F17 neither the key nor the prompt follows a redirect: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way, { settings: impatient })
    for (const variant of faults.F17.variants) {
      stand.alpha.script('*', faults.F17.reply({ variant, location: `${stand.beta.url}/chat/completions` }))
      const refused = await ask(stand, way, alone)
      assert.match(heardIn(way, refused).error?.message ?? '', /redirect/)
      assert.ok(!refused.body.includes(stand.beta.origin))
      stand.clock.advance(600_000)
    }
    assert.equal(stand.beta.totalConnections, 0)
  })
}

async function usedTwice(stand: Stand, way: Way): Promise<void> {
  for (const turn of [1, 2]) {
    assert.equal(heardIn(way, await ask(stand, way, alone)).text, 'good', String(turn))
    // The connection goes back to the pool a moment after its answer.
    await until(() => stand.gateway.keyring.inFlight === 0)
    await aWhile()
  }
}

for (const variant of faults.F20.variants) {
  for (const way of straightWays) {
    test(`F20 a kept connection that dies at its next use (${variant}) is repeated once on a fresh one, and noted: ${inWords(way)}`, async (t) => {
      // Nothing was read of such a request: it is repeated also where those that are read are not.
      const stand = await openWay(t, way, { settings: careful })
      stand.alpha.script('*', faults.F20.reply({ variant, text: 'good' }))
      await usedTwice(stand, way)
      assert.deepEqual([stand.alpha.calls.length, stand.alpha.totalConnections], [2, 2])
      assert.deepEqual([stand.key('a').totals.requests, stand.key('a').totals.failures], [2, 0])
      const rows = await stand.rows()
      const notes = rows.map(({ attempts }) => (JSON.parse(attempts) as { note?: string }[]).map(({ note }) => note))
      assert.deepEqual(notes, [['stale-socket'], [undefined]])
    })
  }
}

for (const variant of faults.F21.variants) {
  for (const way of straightWays) {
    test(`F21 a fresh connection that dies (${variant}) was not stale: one attempt asks once, and no repeats means none: ${inWords(way)}`, async (t) => {
      const stand = await openWay(t, way, { settings: careful })
      stand.alpha.script('*', faults.F21.reply({ variant }))
      const { status } = tellsOf(way.client, 'upstream-broken')
      assert.equal((await ask(stand, way)).status, status)
      assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [1, 0])
      await leaves(stand, `failed ${status} upstream-broken`)
    })
  }
}

for (const speech of speeches) {
  const way = straight(speech)
  test(`F24 a connection whose answer was longer than it said is not used again: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way, { settings: once })
    stand.alpha.script('*', faults.F24.reply({ variant: 'keep', speech }), answer({ text: 'good' }))
    assert.ok((await ask(stand, way, alone)).status >= 500)
    await aWhile()
    assert.equal((await ask(stand, way, alone)).status, 200)
    assert.deepEqual(
      stand.alpha.calls.map(({ connection }) => connection),
      [1, 2],
    )
  })
}

test('F27 a body that swells a thousandfold is cut long before it fills the memory', async (t) => {
  const stand = await openWay(t, straight('openai'), { settings: once })
  stand.alpha.script('*', faults.F27.reply())
  const before = process.memoryUsage().rss
  assert.equal((await stand.hear(alone)).status, 502)
  assert.ok(process.memoryUsage().rss - before < 24 * 1024 * 1024)
})

const mebibyte = 1024 * 1024

for (const way of everyWay.filter(({ stream }) => !stream)) {
  test(`F31 a body without measure is cut at 64 MiB, and the next provider answers: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way, { settings: once })
    stand.alpha.script('*', faults.F31.reply({ bytes: 4096 * mebibyte }))
    const before = process.memoryUsage().arrayBuffers
    assert.equal((await ask(stand, way)).headers['x-keywheel-provider'], 'beta')
    assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
    assert.ok(process.memoryUsage().arrayBuffers - before < 80 * mebibyte)
    await leaves(stand, 'answered 200 seen')
  })
}

for (const way of straightWays.filter(({ stream }) => !stream)) {
  test(`F32 bytes that are not clean UTF-8 reach the client as they are: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way)
    for (const [variant, bytes] of [
      ['invalid-utf8', Buffer.from([0xff])],
      ['bom', Buffer.from('\uFEFF{')],
      ['lone-surrogate', Buffer.from(String.raw`\ud800`)],
    ] as const) {
      stand.alpha.script('*', faults.F32.reply({ variant, speech: way.provider }))
      assert.ok((await ask(stand, way)).body.includes(bytes), variant)
    }
  })
}

for (const way of everyWay) {
  test(`F33 usage that cannot be true is estimated, and never less than nothing: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way)
    for (const variant of faults.F33.variants) {
      stand.alpha.script('*', faults.F33.reply({ variant, speech: way.provider }))
      assert.equal((await ask(stand, way)).status, 200)
    }
    const rows = (await stand.rows()).map(({ outputTokens, usageSource }) => ({ usageSource, isSound: isSound(outputTokens) }))
    assert.deepEqual(
      rows,
      faults.F33.variants.map(() => ({ usageSource: 'estimated', isSound: true })),
    )
  })
}

function isSound(tokens: number | null): boolean {
  return tokens !== null && Number.isSafeInteger(tokens) && tokens > 0 && tokens < 100
}

const disguised = {
  'rate-limited': 'rate-limited',
  'key-rejected': 'key-rejected',
  'out-of-credit': 'billing',
  overloaded: 'overloaded',
} as const

for (const way of everyWay) {
  for (const variant of faults.F30.variants.filter((each) => suits(faults.F30.on(each), way))) {
    const reason = disguised[variant.replace(/-stream$/, '') as keyof typeof disguised]
    // What the key does with a reason is the same for all: translated, one reason tells.
    if (way.client !== way.provider && reason !== 'rate-limited') continue
    test(`F30 a 200 with an error inside (${variant}) is judged as that, and not seen: ${inWords(way)}`, async (t) => {
      const stand = await openWay(t, way, { settings: impatient })
      stand.alpha.script('*', faults.F30.reply({ variant, speech: way.provider }))
      const chained = await ask(stand, way)
      assert.deepEqual([chained.status, chained.headers['x-keywheel-provider'], heardIn(way, chained).ended], [200, 'beta', true])
      const rest = restOf(stand.key('a'), stand.clock)
      assert.equal(rest === undefined, reason === 'overloaded')
      if (reason === 'rate-limited') assert.equal(rest, 7)
      assert.equal(stand.alpha.calls.length, 1)
      const told = await ask(stand, way, alone)
      const { status, type, code } = tellsOf(way.client, reason)
      const { error } = heardIn(way, told)
      assert.deepEqual([told.status, error?.type, error?.code], [status, type, code])
      await leaves(stand, 'answered 200 seen', `failed ${status} ${reason}`)
    })
  }
}
