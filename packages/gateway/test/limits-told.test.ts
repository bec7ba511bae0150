/** What providers tell of their limits with each answer reaches the standing of the key, and a key about to be refused is not chosen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import type { KeySnapshot, LimitSnapshot } from '@keywheel/keyring'
import { answer } from '@keywheel/simulator'
import type { KeyScript } from '@keywheel/simulator'
import { hello, keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

interface Stand extends Bench {
  readonly clock: ManualClock
}

async function openStand(t: TestContext, keys: Readonly<Record<string, KeyScript>>, settings: string = ''): Promise<Stand> {
  const clock = new ManualClock(Date.now())
  const list = Object.keys(keys).map((name) => `"${keyText(name)}"`)
  const bench = await openBench(t, {
    clock,
    chance: () => 0,
    providers: { alpha: { keys: Object.fromEntries(Object.entries(keys).map(([name, script]) => [keyText(name), script])) } },
    yaml: `providers: { alpha: { base_url: "\${ALPHA_URL}", keys: [${list.join(', ')}], ${settings} } }`,
  })
  return { ...bench, clock }
}

function keyOf(bench: Bench, index: number): KeySnapshot {
  const key = bench.gateway.keyring.snapshot()[0]?.keys[index]
  assert.ok(key !== undefined)
  return key
}

function limitsOf(bench: Bench, index: number = 0, model: string = 'm'): readonly LimitSnapshot[] {
  return (keyOf(bench, index).models[model]?.limits ?? []).filter(({ source }) => source === 'told')
}

function told(bench: Bench, counts: LimitSnapshot['counts']): LimitSnapshot | undefined {
  return limitsOf(bench).find((limit) => limit.counts === counts)
}

async function asked(bench: Bench, body: object = {}): Promise<number> {
  const response = await bench.ask(body)
  await response.text()
  return response.status
}

for (const stream of [false, true]) {
  test(`limits told with a good answer (${stream ? 'streamed' : 'whole'}) are known of the key’s model`, async (t) => {
    const stand = await openStand(t, { a: { requestsPerMinute: 5, tokensPerMinute: 1000, announceLimits: true } })
    assert.equal(await asked(stand, { stream }), 200)
    const requests = told(stand, 'requests')
    assert.deepEqual([requests?.limit, requests?.remaining, requests?.source], [5, 4, 'told'])
    assert.equal(requests?.resetsAt, stand.clock.now() + 60_000)
    assert.equal(told(stand, 'tokens')?.limit, 1000)
  })
}

for (const [what, status] of [
  ['a refusal of the request', 400],
  ['a refusal for the rate', 429],
  ['an error of the provider', 500],
] as const) {
  test(`limits told with ${what} are known as well`, async (t) => {
    const stand = await openStand(t, { a: {} })
    const headers = { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '59', 'x-ratelimit-reset-requests': '1s' }
    const reply = { is: 'status', status, headers, body: { error: { message: 'No.', type: 'x' } } } as const
    stand.upstream.script('*', reply)
    // Repeats wait on the clock, which stands still: the first attempt is enough.
    const leaving = new AbortController()
    const call = stand.ask({}, { signal: leaving.signal }).catch(() => undefined)
    await stand.upstream.seen(1)
    for (let turn = 0; turn < 200 && told(stand, 'requests') === undefined; turn++) await new Promise((resolve) => setImmediate(resolve))
    leaving.abort()
    await call
    assert.deepEqual([told(stand, 'requests')?.limit, told(stand, 'requests')?.remaining], [60, 59])
  })
}

test('limits told with a stream that breaks before its first word are known as well', async (t) => {
  const stand = await openStand(t, { a: {} })
  const head =
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 7\r\n\r\n'
  stand.upstream.script('*', { is: 'wire', steps: [{ do: 'write', bytes: head }, { do: 'fin' }] }, answer())
  const call = stand.ask({ stream: true })
  await stand.upstream.seen(1)
  for (let turn = 0; turn < 200 && told(stand, 'requests') === undefined; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(told(stand, 'requests')?.remaining, 7)
  while (stand.upstream.calls.length < 2) {
    stand.clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await (await call).text()
})

test('an answer that tells nothing teaches nothing', async (t) => {
  const stand = await openStand(t, { a: { requestsPerMinute: 5 } })
  assert.equal(await asked(stand), 200)
  assert.deepEqual(limitsOf(stand), [])
})

test('headers that make no sense teach nothing, and the answer is what it was', async (t) => {
  for (const remaining of ['-1', 'NaN', '', '1e9', '5, 5']) {
    const stand = await openStand(t, { a: {} })
    const body = {
      id: 'x',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
    }
    const headers = { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': remaining, 'x-ratelimit-reset-requests': '1s' }
    stand.upstream.script('*', { is: 'status', status: 200, headers, body })
    assert.equal(await asked(stand), 200, remaining)
    assert.deepEqual(limitsOf(stand), [], remaining)
  }
})

test('a key whose limit is told to be used up is not asked again, though it never refused', async (t) => {
  const stand = await openStand(t, {
    a: { requestsPerMinute: 2, announceLimits: true },
    b: { requestsPerMinute: 100, announceLimits: true },
  })
  for (let call = 0; call < 8; call++) {
    assert.equal(await asked(stand, { messages: [{ role: 'user', content: `question ${call}` }] }), 200)
  }
  const keys = stand.upstream.calls.map(({ key }) => key)
  assert.equal(stand.upstream.calls.length, 8)
  assert.equal(keys.filter((key) => key === keyText('a')).length, 2)
  assert.equal(keyOf(stand, 0).totals.failures, 0)
})

test('the limits of one model say nothing of another', async (t) => {
  const stand = await openStand(t, { a: { requestsPerMinute: 5, announceLimits: true } })
  assert.equal(await asked(stand), 200)
  assert.deepEqual(limitsOf(stand, 0, 'other'), [])
})

test('the IETF’s fields are understood from a server that nobody knows', async (t) => {
  const stand = await openStand(t, { a: {} })
  const headers = { ratelimit: '"burst";r=3;t=30', 'ratelimit-policy': '"burst";q=10;w=60' }
  stand.upstream.script('*', { is: 'status', status: 429, headers: { ...headers, 'retry-after': '1' }, body: {} })
  const leaving = new AbortController()
  const call = stand.ask({ ...hello }, { signal: leaving.signal }).catch(() => undefined)
  await stand.upstream.seen(1)
  for (let turn = 0; turn < 200 && told(stand, 'requests') === undefined; turn++) await new Promise((resolve) => setImmediate(resolve))
  leaving.abort()
  await call
  const requests = told(stand, 'requests')
  assert.deepEqual([requests?.limit, requests?.remaining, requests?.windowMs], [10, 3, 60_000])
})
