/** What becomes of a call when the connection, the head or the body of an answer is broken: another provider, or an honest error. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, closedPort, faults } from '@keywheel/simulator'
import type { FaultId } from '@keywheel/simulator'
import { errorIn, hear } from './faults/hear.ts'
import { leaves, openStand, restOf } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'

const impatient = 'retry: { max_wait_ms: 0 }'

/** Status, code and the reason in the row, for a caller who has nowhere else to go. */
const alone: Readonly<Partial<Record<FaultId, readonly [number, string, string]>>> = {
  F17: [502, 'provider_error', 'upstream-broken'],
  F18: [502, 'provider_bad_answer', 'bad-answer'],
  F19: [502, 'provider_bad_answer', 'bad-answer'],
  F23: [502, 'answer_truncated', 'truncated'],
  F24: [502, 'provider_bad_answer', 'bad-answer'],
  F25: [502, 'answer_truncated', 'truncated'],
  F26: [502, 'provider_bad_answer', 'bad-answer'],
  F27: [502, 'provider_bad_answer', 'bad-answer'],
  F28: [502, 'provider_bad_answer', 'bad-answer'],
  F29: [502, 'provider_bad_answer', 'bad-answer'],
}

/** The variants of a fault with the ways of asking that it is for. */
function waysOf(id: FaultId): { variant: string; stream: boolean }[] {
  const ways = { whole: [false], stream: [true], any: [false, true] }
  return faults[id].variants.flatMap((variant) => ways[faults[id].on(variant)].map((stream) => ({ variant, stream })))
}

for (const [id, [status, code, reason]] of Object.entries(alone) as [FaultId, readonly [number, string, string]][]) {
  for (const { variant, stream } of waysOf(id)) {
    const asked = stream ? 'streamed' : 'whole'
    test(`${id} ${faults[id].title} (${variant}, ${asked}): the next provider answers, and alone it is a ${status}`, async (t) => {
      const stand = await openStand(t, { settings: impatient })
      stand.alpha.script('*', faults[id].reply({ variant, location: `${stand.beta.origin}/elsewhere` }))
      stand.beta.script('*', answer({ text: 'from beta' }))
      const chained = await stand.hear({ stream })
      assert.equal(chained.status, 200)
      assert.match(chained.body.toString(), /from/)
      assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [2, 1])
      const only = await stand.hear({ model: 'alpha/m', stream })
      assert.deepEqual([only.status, errorIn(only).type, errorIn(only).code], [status, 'proxy_all_credentials_exhausted', code])
      assert.equal(stand.beta.calls.length, 1)
      await leaves(stand, 'answered 200 seen', `failed ${status} ${reason}`)
    })
  }
}

test('F04 a refused connection: the next provider answers, and alone it is a 503', async (t) => {
  const port = await closedPort()
  const stand = await openStand(t, {
    settings: impatient,
    adjust: (config) => ({
      ...config,
      providers: config.providers.map((each) => (each.name === 'alpha' ? { ...each, baseUrl: `http://127.0.0.1:${port}/v1` } : each)),
    }),
  })
  for (const stream of [false, true]) {
    assert.equal((await stand.hear({ stream })).headers['x-keywheel-provider'], 'beta')
  }
  const only = await stand.hear({ model: 'alpha/m' })
  assert.deepEqual([only.status, errorIn(only).code], [503, 'provider_unreachable'])
  const { failures, successes } = stand.key('a').totals
  assert.deepEqual([failures > 0, successes], [true, 0])
  assert.ok((restOf(stand.key('a'), stand.clock) ?? 0) > 0)
  await leaves(stand, 'answered 200 seen', 'answered 200 seen', 'failed 503 unreachable')
})

for (const [stream, limitMs] of [
  [false, 300_000],
  [true, 30_000],
] as const) {
  test(`F10 a request that is read and never answered (${stream ? 'streamed' : 'whole'}): the next provider after ${limitMs} ms`, async (t) => {
    const stand = await openStand(t, { settings: 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }' })
    stand.alpha.script('*', faults.F10.reply())
    const call = stand.begin({ stream })
    await stand.alpha.seen(1)
    stand.clock.advance(limitMs - 1)
    await aWhile()
    assert.equal(stand.beta.calls.length, 0)
    stand.clock.advance(1)
    assert.equal((await call.ended()).headers['x-keywheel-provider'], 'beta')
    assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
    assert.equal(stand.alpha.calls.length, 1)
    await leaves(stand, 'answered 200 seen')
  })
}

test('F17 neither the key nor the prompt follows a redirect', async (t) => {
  const stand = await openStand(t, { settings: impatient })
  for (const variant of faults.F17.variants) {
    stand.alpha.script('*', faults.F17.reply({ variant, location: `${stand.beta.url}/chat/completions` }))
    const refused = await stand.hear({ model: 'alpha/m' })
    assert.match(errorIn(refused).message, /redirect/)
    assert.ok(!refused.body.includes(stand.beta.origin))
    stand.clock.advance(600_000)
  }
  assert.equal(stand.beta.totalConnections, 0)
})

async function usedTwice(stand: Stand, stream: boolean): Promise<void> {
  for (const turn of [1, 2]) {
    const { status, body } = await stand.hear({ model: 'alpha/m', stream })
    assert.equal(status, 200, String(turn))
    assert.match(body.toString(), /good/)
    // The connection goes back to the pool a moment after its answer.
    await until(() => stand.gateway.keyring.inFlight === 0)
    await aWhile()
  }
}

for (const { variant, stream } of waysOf('F20')) {
  const asked = stream ? 'streamed' : 'whole'
  test(`F20 a kept connection that dies at its next use (${variant}, ${asked}) is repeated once on a fresh one, and that is noted`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', faults.F20.reply({ variant, text: 'good' }))
    await usedTwice(stand, stream)
    assert.deepEqual([stand.alpha.calls.length, stand.alpha.totalConnections], [2, 2])
    assert.deepEqual([stand.key('a').totals.requests, stand.key('a').totals.failures], [2, 0])
    const rows = await stand.rows()
    const notes = rows.map(({ attempts }) => (JSON.parse(attempts) as { note?: string }[]).map(({ note }) => note))
    assert.deepEqual(notes, [['stale-socket'], [undefined]])
  })
}

for (const variant of faults.F21.variants) {
  test(`F21 a fresh connection that dies (${variant}) was not stale: the provider is asked once for one attempt`, async (t) => {
    const stand = await openStand(t, { settings: 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }' })
    stand.alpha.script('*', faults.F21.reply({ variant }))
    const { status } = await stand.hear({ model: 'alpha/m' })
    assert.equal(status, 502)
    assert.equal(stand.alpha.calls.length, 1)
    await leaves(stand, 'failed 502 upstream-broken')
  })
}

test('F24 a connection whose answer was longer than it said is not used again', async (t) => {
  const stand = await openStand(t, { settings: 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }' })
  stand.alpha.script('*', faults.F24.reply({ variant: 'keep' }), answer({ text: 'good' }))
  assert.equal((await stand.hear({ model: 'alpha/m' })).status, 502)
  await aWhile()
  assert.equal((await stand.hear({ model: 'alpha/m' })).status, 200)
  assert.deepEqual(
    stand.alpha.calls.map(({ connection }) => connection),
    [1, 2],
  )
})

test('F27 a body that swells a thousandfold is cut long before it fills the memory', async (t) => {
  const stand = await openStand(t, { settings: 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }' })
  stand.alpha.script('*', faults.F27.reply())
  const before = process.memoryUsage().rss
  assert.equal((await stand.hear({ model: 'alpha/m' })).status, 502)
  assert.ok(process.memoryUsage().rss - before < 24 * 1024 * 1024)
})

const disguised = {
  'rate-limited': [429, 'rate_limit_exceeded', 7],
  'key-rejected': [503, 'provider_key_rejected', 240],
  'out-of-credit': [503, 'provider_out_of_credit', 240],
  overloaded: [503, 'provider_overloaded', undefined],
} as const

for (const { variant, stream } of waysOf('F30')) {
  const [status, code, restSeconds] = disguised[variant.replace(/-stream$/, '') as keyof typeof disguised]
  test(`F30 a 200 with an error inside (${variant}, ${stream ? 'streamed' : 'whole'}) is judged as a ${code}, and not seen by the caller`, async (t) => {
    const stand = await openStand(t, { settings: impatient })
    stand.alpha.script('*', faults.F30.reply({ variant }))
    const chained = await stand.hear({ stream })
    assert.deepEqual([chained.status, chained.headers['x-keywheel-provider']], [200, 'beta'])
    assert.equal(restOf(stand.key('a'), stand.clock), restSeconds)
    assert.equal(stand.alpha.calls.length, 1)
    const only = await stand.hear({ model: 'alpha/m', stream })
    assert.deepEqual([only.status, errorIn(only).code], [status, code])
    assert.equal(hear(stream ? chained.body : Buffer.from('data: [DONE]\n\n')).done, true)
    await leaves(stand, 'answered 200 seen', `failed ${status} ${variant.replace(/-stream$/, '').replace('out-of-credit', 'billing')}`)
  })
}
