/** Concurrent small requests for embeddings go out as one, and nobody notices. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, badRequest, rateLimited } from '@keywheel/simulator'
import type { Reply, Step } from '@keywheel/simulator'
import { keyText } from './harness.ts'
import { RawCall } from './faults/raw-call.ts'
import { openStand } from './faults/stand.ts'
import type { Stand, StandGiven } from './faults/stand.ts'
import { until } from './faults/until.ts'
import { hearOut } from './operations/operations.ts'

const settings = 'embeddings: { batch: { max_items: 3, max_wait_ms: 10 } }'

function openBatching(t: TestContext, given: StandGiven = {}): Promise<Stand> {
  return openStand(t, { settings, ...given })
}

function embed(stand: Stand, input: unknown, fields: object = {}, headers: Readonly<Record<string, string>> = {}): RawCall {
  return new RawCall(stand.port, { path: '/v1/embeddings', body: { model: 'alpha/m', input, ...fields }, headers })
}

interface Heard {
  readonly status: number
  readonly vectors: readonly (readonly number[])[]
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number } | undefined
}

async function hear(stand: Stand, call: RawCall): Promise<Heard> {
  const { status, body } = await hearOut(call, stand.clock)
  const { data = [], usage } = JSON.parse(body.toString())
  return { status, vectors: data.map(({ embedding }: { embedding: number[] }) => embedding), usage }
}

function hearAll(stand: Stand, calls: readonly RawCall[]): Promise<readonly Heard[]> {
  return Promise.all(calls.map((call) => hear(stand, call)))
}

/** The first of a batch waits for company. */
function isWaiting(stand: Stand): Promise<void> {
  return until(() => stand.clock.untilNext === 10)
}

/** A call that left has its row. */
function isGone(stand: Stand): Promise<void> {
  return until(() => stand.log.some((line) => line['status'] === 499))
}

/** Each vector is its text's number; the provider gives them in reverse. */
function numbered(...inputs: readonly string[]): Reply {
  const data = inputs.map((input, index) => ({ object: 'embedding', index, embedding: [Number(input)] })).toReversed()
  return { is: 'status', status: 200, body: { object: 'list', data, model: 'm', usage: { prompt_tokens: 10, total_tokens: 10 } } }
}

function inputsSeen({ alpha, beta }: Stand): readonly unknown[] {
  return [...alpha.calls, ...beta.calls].map(({ json }) => (json as { input: unknown }).input)
}

function sorted(inputs: readonly unknown[]): readonly string[] {
  return inputs.map(String).toSorted()
}

/** Answers with its text's number whatever the order in which the calls came. */
async function answerNumbered(stand: Stand): Promise<void> {
  const { json } = await stand.alpha.seen(1)
  stand.alpha.script('*', numbered(...(json as { input: string[] }).input))
}

test('three small requests are one at the provider; each has its own vectors, its share of the usage and its row', async (t) => {
  const stand = await openBatching(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  // The first attempt is let fail, so that the answer can be made for the order in which the calls came.
  const refusal: readonly Step[] = [
    { do: 'hold', until: promise },
    { do: 'write', bytes: 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n' },
  ]
  stand.alpha.script('*', { is: 'wire', steps: refusal })
  const calls = ['1', '22', '333'].map((input) => embed(stand, input))
  await answerNumbered(stand)
  resolve()
  const heard = await hearAll(stand, calls)
  assert.deepEqual(
    heard.map(({ vectors }) => vectors),
    [[[1]], [[22]], [[333]]],
  )
  assert.equal(
    heard.reduce((sum, { usage }) => sum + (usage?.prompt_tokens ?? 0), 0),
    10,
  )
  assert.equal(stand.alpha.calls.length, 2)
  const stats = (await (await fetch(`${stand.url}/quota-stats`)).json()) as {
    summary: { total_requests: number; tokens: { input_uncached: number } }
  }
  assert.deepEqual([stats.summary.total_requests, stats.summary.tokens.input_uncached], [2, 10])
  const rows = await stand.rows()
  assert.deepEqual(
    rows.map(({ end, provider }) => [end, provider]),
    Array.from({ length: 3 }, () => ['answered', 'alpha']),
  )
  assert.equal(
    rows.reduce((sum, { inputTokens }) => sum + (inputTokens ?? 0), 0),
    10,
  )
})

test('nobody waits longer than is set, and a request that stays alone goes as it came', async (t) => {
  const stand = await openBatching(t)
  stand.alpha.script('*', answer({ embeddings: [[1]] }))
  const call = embed(stand, 'a')
  await isWaiting(stand)
  assert.equal(stand.alpha.calls.length, 0)
  stand.clock.advance(10)
  assert.deepEqual((await hear(stand, call)).vectors, [[1]])
  assert.equal(stand.alpha.calls[0]?.body.toString(), '{"model":"m","input":"a"}')
})

test('a request that is large enough goes at once, and one that would make a batch too large begins the next', async (t) => {
  const stand = await openBatching(t)
  stand.alpha.script('*', answer())
  const large = embed(stand, ['a', 'b', 'c'])
  assert.equal((await hear(stand, large)).vectors.length, 3)
  const first = embed(stand, ['a', 'b'])
  await isWaiting(stand)
  const second = embed(stand, ['c', 'd'])
  await stand.alpha.seen(2)
  await isWaiting(stand)
  stand.clock.advance(10)
  await hearAll(stand, [first, second])
  assert.deepEqual(inputsSeen(stand), [
    ['a', 'b', 'c'],
    ['a', 'b'],
    ['c', 'd'],
  ])
})

for (const [what, left, right] of [
  ['model', {}, { model: 'beta/m' }],
  ['dimensions', { dimensions: 4 }, { dimensions: 8 }],
  ['encoding format', { encoding_format: 'float' }, { encoding_format: 'base64' }],
  ['purpose', { input_type: 'query' }, { input_type: 'document' }],
  ['user', { user: 'a' }, { user: 'b' }],
] as const) {
  test(`requests of another ${what} are not put together`, async (t) => {
    const stand = await openBatching(t)
    for (const provider of [stand.alpha, stand.beta]) provider.script('*', answer())
    const calls = [embed(stand, 'a', left), embed(stand, 'b', right)]
    const seen = (): number => stand.alpha.calls.length + stand.beta.calls.length
    await until(() => {
      if (stand.clock.untilNext === 10) stand.clock.advance(10)
      return seen() === 2
    })
    await hearAll(stand, calls)
    assert.deepEqual(sorted(inputsSeen(stand)), ['a', 'b'])
  })
}

test('requests of other callers are not put together', async (t) => {
  const stand = await openBatching(t, { env: { PROXY_API_KEY: `${keyText('x')},${keyText('y')}` } })
  stand.alpha.script('*', answer())
  const calls = ['x', 'y'].map((name) => embed(stand, name, {}, { authorization: `Bearer ${keyText(name)}` }))
  await until(() => {
    if (stand.clock.untilNext === 10) stand.clock.advance(10)
    return stand.alpha.calls.length === 2
  })
  await hearAll(stand, calls)
  assert.deepEqual(sorted(inputsSeen(stand)), ['x', 'y'])
})

test('a batch is pursued like any call: a key that is rate limited gives way to the next', async (t) => {
  const stand = await openBatching(t, { keys: { alpha: ['a', 'b'] } })
  stand.alpha.script('*', rateLimited({ afterSeconds: 30 }), answer())
  const heard = await hearAll(
    stand,
    ['a', 'b', 'c'].map((input) => embed(stand, input)),
  )
  assert.deepEqual(
    heard.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b'])
})

test('what the provider has against a batch is told to everybody', async (t) => {
  const stand = await openBatching(t)
  stand.alpha.script('*', badRequest('Odd request.'))
  const heard = await hearAll(
    stand,
    ['a', 'b', 'c'].map((input) => embed(stand, input)),
  )
  assert.deepEqual(
    heard.map(({ status }) => status),
    [400, 400, 400],
  )
  assert.equal(stand.alpha.calls.length, 1)
  assert.deepEqual(
    (await stand.rows()).map(({ end, reason }) => `${end} ${reason}`),
    ['failed bad-request', 'failed bad-request', 'failed bad-request'],
  )
})

test('an answer with too few vectors is nobody’s, and the next provider is asked', async (t) => {
  const stand = await openBatching(t)
  stand.alpha.script('*', { is: 'status', status: 200, body: { data: [{ index: 0, embedding: [1] }] } })
  stand.beta.script('*', answer())
  const heard = await hearAll(
    stand,
    ['a', 'b', 'c'].map((input) => embed(stand, input, { model: 'chain' })),
  )
  assert.deepEqual(
    heard.map(({ status, vectors }) => [status, vectors.length]),
    [
      [200, 1],
      [200, 1],
      [200, 1],
    ],
  )
})

test('one that leaves before the batch is sent is not paid for', async (t) => {
  const stand = await openBatching(t)
  stand.alpha.script('*', answer())
  const leaver = embed(stand, 'gone')
  await isWaiting(stand)
  leaver.leave()
  await isGone(stand)
  const heard = await hearAll(stand, [embed(stand, 'a'), embed(stand, ['b', 'c'])])
  assert.deepEqual(
    heard.map(({ vectors }) => vectors.length),
    [1, 2],
  )
  assert.deepEqual((inputsSeen(stand)[0] as string[]).toSorted(), ['a', 'b', 'c'])
})

test('one that leaves while the batch is on its way does not disturb the others', async (t) => {
  const stand = await openBatching(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  const data = JSON.stringify({
    data: [0, 1, 2].map((index) => ({ index, embedding: [index] })),
    usage: { prompt_tokens: 9, total_tokens: 9 },
  })
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${data.length}\r\n\r\n`
  stand.alpha.script('*', {
    is: 'wire',
    steps: [
      { do: 'hold', until: promise },
      { do: 'write', bytes: head + data },
    ],
  })
  const [leaver, ...others] = ['a', 'b', 'c'].map((input) => embed(stand, input))
  await stand.alpha.seen(1)
  leaver?.leave()
  await isGone(stand)
  resolve()
  const heard = await hearAll(stand, others)
  assert.deepEqual(
    heard.map(({ status, vectors }) => [status, vectors.length]),
    [
      [200, 1],
      [200, 1],
    ],
  )
  const rows = await stand.rows()
  assert.deepEqual(rows.map(({ end, status }) => `${end} ${status}`).toSorted(), ['answered 200', 'answered 200', 'cancelled 499'])
})

test('a batch that everybody has left is ended at the provider, and its slot is free', async (t) => {
  const stand = await openBatching(t)
  stand.alpha.script('*', { is: 'wire', steps: [{ do: 'stall' }] })
  const calls = ['a', 'b', 'c'].map((input) => embed(stand, input))
  await stand.alpha.seen(1)
  for (const call of calls) call.leave()
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await until(() => stand.gateway.keyring.inFlight === 0)
})

test('without the setting every request goes alone', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', answer())
  await hearAll(
    stand,
    ['a', 'b', 'c'].map((input) => embed(stand, input)),
  )
  assert.equal(stand.alpha.calls.length, 3)
})

test('the environment turns it on with what is usual, and off whatever the file says', async (t) => {
  const on = await openStand(t, { env: { USE_EMBEDDING_BATCHER: 'true' } })
  on.alpha.script('*', answer())
  const waiting = embed(on, 'a')
  await isWaiting(on)
  on.clock.advance(10)
  assert.equal((await hear(on, waiting)).status, 200)
  const off = await openBatching(t, { env: { USE_EMBEDDING_BATCHER: 'false' } })
  off.alpha.script('*', answer())
  assert.equal((await hear(off, embed(off, 'a'))).status, 200)
})
