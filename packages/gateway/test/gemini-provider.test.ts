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

const weather = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

const signedCall = {
  candidates: [
    {
      content: {
        role: 'model',
        parts: [{ functionCall: { name: 'get_weather', args: { city: 'Oslo' } }, thoughtSignature: 'c2lnbmF0dXJl' }],
      },
      finishReason: 'STOP',
      index: 0,
    },
  ],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 4, totalTokenCount: 9 },
  responseId: 'r1',
}

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

test('callers of OpenAI’s chat get Gemini’s own as well: its other path loses signatures, and with them tool loops', async (t) => {
  const spoken = findProvider(providerName('gemini'))?.speaks.chat?.map(({ dialect }) => dialect)
  assert.deepEqual(spoken, ['gemini-generate'])
  const bench = await openBench(t, { yaml })
  const ask = async (messages: object[]): Promise<{ message: Record<string, unknown> }> => {
    const response = await post(bench, '/chat/completions', { model: 'gemini/gemini-3.8-flash', messages, tools: [weather] })
    const { choices } = (await response.json()) as { choices: { message: Record<string, unknown> }[] }
    return { message: choices[0]?.message ?? {} }
  }
  answer(bench, JSON.stringify(signedCall))
  const { message } = await ask(hello.messages)
  const [call] = message['tool_calls'] as { id: string; type: string; function: object }[]
  assert.ok(call)
  answer(bench, fileOf('gemini-generate', 'text.json'))
  // Most clients keep of a call only what they know.
  const kept = { role: 'assistant', content: null, tool_calls: [{ id: call.id, type: call.type, function: call.function }] }
  await ask([...hello.messages, kept, { role: 'tool', tool_call_id: call.id, content: '7 °C' }])
  const sent = lastCall(bench)
  assert.equal(sent.path, '/v1/models/gemini-3.8-flash:generateContent')
  const { contents } = sent.json as { contents: { parts: Record<string, unknown>[] }[] }
  assert.equal(contents[1]?.parts[0]?.['thoughtSignature'], 'c2lnbmF0dXJl')
})

test('embeddings in OpenAI’s dialect lie at an address of their own, with a key of its kind', () => {
  const [native, other] = findProvider(providerName('gemini'))?.speaks.embed ?? []
  assert.deepEqual([native?.dialect, native?.base], ['gemini-embed', undefined])
  assert.deepEqual(
    [other?.dialect, `${other?.base}${other?.path}`, other?.auth],
    ['openai-embeddings', 'https://generativelanguage.googleapis.com/v1beta/openai/embeddings', { kind: 'bearer' }],
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
