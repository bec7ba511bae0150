/** Encrypted thinking can be read by the account that made it: calls that hold it go back there, and are mended where they cannot. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badRequest, rateLimited } from '@keywheel/simulator'
import type { Reply } from '@keywheel/simulator'
import { keyText } from './harness.ts'
import { answerOf, openResponses, streamOf, streamReply, wholeReply } from './responses-bench.ts'
import type { ResponsesBench } from './responses-bench.ts'

const reasoning = {
  id: 'rs_1',
  type: 'reasoning',
  summary: [],
  encrypted_content: `gAAAA-${'x'.repeat(60)}-the-end-of-it-is-unlike-any-other-0123456789`,
}
const keys = ['a', 'b', 'c', 'd', 'e', 'f']
const refused: Reply = {
  is: 'status',
  status: 400,
  body: {
    error: {
      message: 'The encrypted content gAAA could not be verified.',
      type: 'invalid_request_error',
      param: null,
      code: 'invalid_encrypted_content',
    },
  },
}

/** Who answered a call that brings the thinking of an earlier one. */
async function keyOf(bench: ResponsesBench, body: object): Promise<string | undefined> {
  const response = await bench.respond(body)
  assert.equal(response.status, 200, await response.text())
  return bench.upstream.calls.at(-1)?.key
}

for (const stream of [false, true]) {
  test(`a call that holds encrypted thinking goes back to the key that made it, ${stream ? 'streamed' : 'whole'}`, async (t) => {
    const bench = await openResponses(t, { keys })
    bench.upstream.script('*', stream ? streamReply(streamOf('1', 'Hi', [reasoning])) : wholeReply(answerOf('1', 'Hi', [reasoning])))
    const first = await keyOf(bench, { store: false, stream })
    const input = [
      { role: 'user', content: 'q' },
      { ...reasoning, id: undefined },
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'r' },
    ]
    for (let call = 0; call < 5; call++) assert.equal(await keyOf(bench, { store: false, stream, input }), first)
    const others = new Set<string | undefined>()
    for (let call = 0; call < 5; call++) others.add(await keyOf(bench, { store: false, stream }))
    assert.ok(others.size > 1, 'calls without it are spread as ever')
  })
}

test('so does a call that names a kept answer', async (t) => {
  const bench = await openResponses(t, { keys })
  bench.upstream.script('*', wholeReply(answerOf('1', 'Hi')))
  const first = await keyOf(bench, {})
  bench.upstream.script('*', wholeReply(answerOf('2', 'Hi')))
  for (let call = 0; call < 5; call++) assert.equal(await keyOf(bench, { previous_response_id: 'resp_1', store: false }), first)
})

test('in a chain of providers, the one that thought is asked first', async (t) => {
  const chain = 'virtual_models:\n  both: { fallback_chain: [{ provider: beta, model: m }, { provider: alpha, model: m }] }\n'
  const beta = `  beta: { base_url: "\${BETA_URL}", dialect: openai-responses, keys: [${keyText('z')}] }\n`
  const bench = await openResponses(t, { providers: { alpha: {}, beta: {} }, more: beta + chain })
  const { alpha, beta: other } = bench.simulators
  other?.script('*', badRequest(), wholeReply(answerOf('9', 'Hi')))
  alpha?.script('*', wholeReply(answerOf('1', 'Hi', [reasoning])))
  assert.equal((await bench.respond({ model: 'alpha/m', store: false })).status, 200)
  const response = await bench.respond({ model: 'both', store: false, input: [reasoning, { role: 'user', content: 'q' }] })
  assert.equal(response.headers.get('x-keywheel-provider'), 'alpha')
  assert.equal(other?.calls.length, 0)
})

test('where another key has to answer and cannot read it, the call goes once more without', async (t) => {
  const bench = await openResponses(t, { keys: ['a', 'b'] })
  bench.upstream.script('*', wholeReply(answerOf('1', 'Hi', [reasoning])))
  const first = (await keyOf(bench, { store: false })) ?? ''
  const other = first === keyText('a') ? keyText('b') : keyText('a')
  bench.upstream.script(first, rateLimited({ afterSeconds: 600 }))
  bench.upstream.script(other, refused, wholeReply(answerOf('2', 'Hi again')))
  const input = [reasoning, { role: 'assistant', content: 'Hi' }, { role: 'user', content: 'r' }]
  const response = await bench.respond({ store: false, input })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('x-keywheel-dropped'), 'reasoning')
  const inputs = bench.upstream.calls.slice(-2).map(({ json, key }) => [key, (json as { input: unknown[] }).input.length])
  assert.deepEqual(inputs, [
    [other, 3],
    [other, 2],
  ])
})

test('a call that is refused without it too is refused', async (t) => {
  const bench = await openResponses(t)
  bench.upstream.script('*', refused)
  const response = await bench.respond({ store: false, input: [reasoning, { role: 'user', content: 'r' }] })
  assert.equal(response.status, 400)
  assert.equal(bench.upstream.calls.length, 2)
})
