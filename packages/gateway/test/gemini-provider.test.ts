/** Google's providers as the catalogue has them: which path is asked in which dialect, and where the key goes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeenCall } from '@keywheel/simulator'
import { providerName } from '../src/domain/names.ts'
import { findProvider } from '../src/providers/catalogue/list.ts'
import { fillAddresses } from '../src/providers/fill-addresses.ts'
import { fileOf } from './contract/stand.ts'
import { hello, keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const key = keyText('a')
const yaml = `providers: { gemini: { base_url: "\${ALPHA_URL}", keys: [${key}] } }`

function answer(bench: Bench, body: Buffer | string, type: string = 'application/json'): void {
  bench.upstream.script('*', { is: 'status', status: 200, headers: { 'content-type': type }, body: body.toString() })
}

function lastCall({ upstream }: Bench): SeenCall {
  const call = upstream.calls.findLast(({ method }) => method === 'POST')
  assert.ok(call)
  assert.deepEqual([call.headers['x-goog-api-key'], call.headers['authorization']], [key, undefined])
  return call
}

function post(bench: Bench, path: string, body: object): Promise<Response> {
  return fetch(`${bench.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
}

test('a caller of another dialect is answered by Gemini’s own, with the key in Google’s header and never in the address', async (t) => {
  const bench = await openBench(t, { yaml })
  answer(bench, fileOf('gemini-generate', 'text.json'))
  const whole = await post(bench, '/messages', { model: 'gemini/gemini-3.8-flash', max_tokens: 10, ...hello })
  assert.match(await whole.text(), /"text":"Grüße 👋🏽 from the model\."/)
  const call = lastCall(bench)
  assert.equal(call.path, '/v1/models/gemini-3.8-flash:generateContent')
  assert.deepEqual(call.json, {
    contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
    generationConfig: { maxOutputTokens: 10 },
  })
  answer(bench, fileOf('gemini-generate', 'text.stream'), 'text/event-stream')
  const streamed = await post(bench, '/messages', { model: 'gemini/gemini-3.8-flash', max_tokens: 10, stream: true, ...hello })
  assert.match(await streamed.text(), /event: message_stop/)
  assert.equal(lastCall(bench).path, '/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse')
})

test('embeddings are asked for in a batch, and come back in the caller’s dialect', async (t) => {
  const bench = await openBench(t, { yaml })
  answer(bench, JSON.stringify({ embeddings: [{ values: [1, 0.5] }, { values: [2, 0.25] }] }))
  const response = await post(bench, '/embeddings', { model: 'gemini/gemini-embedding-001', input: ['a', 'b'], dimensions: 2 })
  const { data } = (await response.json()) as { data: { embedding: number[] }[] }
  assert.deepEqual(
    data.map(({ embedding }) => embedding),
    [
      [1, 0.5],
      [2, 0.25],
    ],
  )
  assert.equal(lastCall(bench).path, '/v1/models/gemini-embedding-001:batchEmbedContents')
})

test('OpenAI’s dialect lies at an address of its own, with a key of its kind', () => {
  const gemini = findProvider(providerName('gemini'))
  const [native, other] = gemini?.speaks.chat ?? []
  assert.deepEqual([native?.dialect, native?.base], ['gemini-generate', undefined])
  assert.deepEqual(
    [other?.dialect, `${other?.base}${other?.path}`, other?.auth],
    ['openai-chat', 'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions', { kind: 'bearer' }],
  )
})

test('Vertex is asked below the project, at the host of the location', () => {
  const vertex = findProvider(providerName('vertex'))
  assert.ok(vertex)
  const region = { project: 'p', location: 'europe-west4', host: 'europe-west4-aiplatform.googleapis.com' }
  assert.equal(fillAddresses(vertex, { project: 'p' }).baseUrl, 'https://aiplatform.googleapis.com/v1/projects/p/locations/global')
  assert.equal(fillAddresses(vertex, region).baseUrl, 'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4')
  assert.equal(vertex.speaks.chat?.[0]?.path, '/publishers/google/models/{model}:generateContent')
})
