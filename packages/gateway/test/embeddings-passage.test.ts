/** Embeddings through the front door: whoever answers, the caller gets vectors in the form that it asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { StatusReply } from '@keywheel/simulator'
import { OpenAI } from 'openai'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

const model = 'alpha/m'
const vectors = [
  [0.5, -0.25, 1, 0],
  [2, 4, -8, 0.125],
]

async function openSdk(t: TestContext, given: Given = {}): Promise<{ bench: Bench; sdk: OpenAI }> {
  const bench = await openBench(t, given)
  return { bench, sdk: new OpenAI({ baseURL: bench.url, apiKey: 'x', maxRetries: 0 }) }
}

/** A server that overlooks `encoding_format`. */
function numbers(usage?: object): StatusReply {
  const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }))
  return { is: 'status', status: 200, body: { object: 'list', data, model: 'm', ...(usage !== undefined && { usage }) } }
}

function base64(): StatusReply {
  const data = vectors.map((vector, index) => ({ index, embedding: Buffer.from(Float32Array.from(vector).buffer).toString('base64') }))
  return { is: 'status', status: 200, body: { object: 'list', data, model: 'm' } }
}

async function ask(sdk: OpenAI, format?: 'float' | 'base64'): Promise<number[][]> {
  const { data } = await sdk.embeddings.create({ model, input: ['a', 'b'], ...(format !== undefined && { encoding_format: format }) })
  return data.map(({ embedding }) => Array.from(embedding))
}

test('base64 is base64 whatever the provider gives, and numbers are numbers', async (t) => {
  const { bench, sdk } = await openSdk(t)
  for (const reply of [numbers(), base64()]) {
    bench.upstream.script('*', reply)
    // Without a format the SDK asks for base64.
    assert.deepEqual(await ask(sdk), vectors)
    assert.deepEqual(await ask(sdk, 'float'), vectors)
    const { data } = await sdk.embeddings.create({ model, input: ['a', 'b'], encoding_format: 'base64' })
    assert.equal(typeof data[0]?.embedding, 'string')
  }
})

test('an answer in the right form is the provider’s own, byte by byte', async (t) => {
  const bench = await openBench(t)
  const body = '{ "data" : [ {"embedding":[1e0, 2.50]} ] , "odd":1}'
  bench.upstream.script('*', { is: 'status', status: 200, headers: { 'content-type': 'application/json' }, body })
  const response = await fetch(`${bench.url}/embeddings`, { method: 'POST', body: JSON.stringify({ model, input: 'a' }) })
  assert.equal(await response.text(), body)
})

test('a provider that refuses `encoding_format` is not told of it, and the caller has its base64', async (t) => {
  const { bench, sdk } = await openSdk(t, {
    yaml: `providers: { alpha: { base_url: "\${ALPHA_URL}", keys: [${keyText('a')}], rejects: [encoding_format] } }`,
  })
  bench.upstream.script('*', numbers())
  const { data } = await sdk.embeddings.create({ model, input: ['a', 'b'], encoding_format: 'base64' })
  assert.equal(typeof data[0]?.embedding, 'string')
  assert.deepEqual(bench.upstream.calls[0]?.json, { model: 'm', input: ['a', 'b'] })
})

test('tokens, dimensions and user go to the provider as they are', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', numbers())
  const fields = { input: [[1, 2, 3], [4]], dimensions: 4, user: 'me', encoding_format: 'float' } as const
  await sdk.embeddings.create({ model, ...fields, input: fields.input.map((tokens) => [...tokens]) })
  assert.deepEqual(bench.upstream.calls[0]?.json, { model: 'm', ...fields })
})

test('usage is kept where the provider tells it, a total alone as well, and never made up', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', numbers({ prompt_tokens: 7, total_tokens: 7 }), numbers({ total_tokens: 9 }), numbers())
  for (let count = 0; count < 3; count++) await ask(sdk, 'float')
  const rows = (await bench.rows()).toSorted((left, right) => (left.id < right.id ? -1 : 1))
  assert.deepEqual(
    rows.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens]),
    [
      [7, 0],
      [9, 0],
      [null, null],
    ],
  )
})

test('a client of OpenAI reaches a provider that embeds in words of its own', async (t) => {
  const { bench, sdk } = await openSdk(t, {
    yaml: `providers: { alpha: { dialect: ollama-chat, base_url: "\${ALPHA_URL}", keys: [${keyText('a')}] } }`,
  })
  bench.upstream.script('*', { is: 'status', status: 200, body: { model: 'm', embeddings: vectors, prompt_eval_count: 3 } })
  assert.deepEqual(await ask(sdk), vectors)
  const { usage } = await sdk.embeddings.create({ model, input: ['a', 'b'] })
  assert.deepEqual(usage, { prompt_tokens: 3, total_tokens: 3 })
  assert.match(bench.upstream.calls[0]?.path ?? '', /\/api\/embed$/)
  // One vector too few: nobody could tell whose is missing.
  bench.upstream.script('*', { is: 'status', status: 200, body: { model: 'm', embeddings: vectors.slice(1) } })
  await assert.rejects(ask(sdk), /another number of vectors/)
})
