/** Google's own client in front of a provider that speaks like OpenAI. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai'
import type { FunctionDeclaration } from '@google/genai'
import { answer, rateLimited } from '@keywheel/simulator'
import { withoutRetries } from './anthropic-stand.ts'
import { bytesReply } from './gemini-stand.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

const model = 'alpha/m'

async function openClient(t: TestContext, given: Given = {}): Promise<{ bench: Bench; client: GoogleGenAI }> {
  const bench = await openBench(t, { env: { PROXY_API_KEY: keyText('proxy') }, adjust: withoutRetries, ...given })
  return { bench, client: new GoogleGenAI({ apiKey: keyText('proxy'), httpOptions: { baseUrl: bench.origin } }) }
}

function sentIn(bench: Bench, at: number = -1): Record<string, unknown> {
  return bench.upstream.calls.at(at)?.json as Record<string, unknown>
}

test('a whole answer', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ text: 'Good day to you 🧭.', chunkSize: 7 }))
  const config = { systemInstruction: 'Be kind.', temperature: 0.5, maxOutputTokens: 99, stopSequences: ['END'], seed: 7 }
  const whole = await client.models.generateContent({ model, contents: 'hello', config })
  assert.equal(whole.text, 'Good day to you 🧭.')
  assert.equal(whole.candidates?.[0]?.finishReason, 'STOP')
  assert.ok((whole.usageMetadata?.totalTokenCount ?? 0) > 0)
  const asked = sentIn(bench)
  assert.deepEqual([asked['model'], asked['temperature'], asked['stop'], asked['seed']], ['m', 0.5, ['END'], 7])
  assert.deepEqual(asked['messages'], [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'hello' },
  ])
})

test('a streamed answer', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ text: 'Good day to you 🧭.', chunkSize: 7 }))
  let text = ''
  let last
  for await (const part of await client.models.generateContentStream({ model, contents: 'hello' })) {
    text += part.text ?? ''
    last = part
  }
  assert.equal(text, 'Good day to you 🧭.')
  assert.equal(last?.candidates?.[0]?.finishReason, 'STOP')
  assert.ok((last?.usageMetadata?.candidatesTokenCount ?? 0) > 0)
})

const weather: FunctionDeclaration = {
  name: 'weather',
  description: 'The weather',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING, nullable: true } }, required: ['city'] },
}
const toolCalls = [
  { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich"}' },
  { id: 'call_2', name: 'weather', arguments: '{"city":"東京"}' },
]

test('functions are called, and their results find their calls in the second turn', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ toolCalls }))
  const config = {
    tools: [{ functionDeclarations: [weather] }],
    toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
  }
  const first = await client.models.generateContent({ model, contents: 'hello', config })
  assert.deepEqual(first.functionCalls, [
    { id: 'call_1', name: 'weather', args: { city: 'Zürich' } },
    { id: 'call_2', name: 'weather', args: { city: '東京' } },
  ])
  const asked = sentIn(bench)
  assert.equal(asked['tool_choice'], 'required')
  assert.partialDeepStrictEqual(asked['tools'], [
    {
      function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: ['string', 'null'] } }, required: ['city'] } },
    },
  ])
  const content = first.candidates?.[0]?.content
  assert.ok(content)
  // Without ids, as older clients answer: by name, in order.
  const results = ['rain', 'sun'].map((output) => ({ functionResponse: { name: 'weather', response: { output } } }))
  bench.upstream.script('*', answer({ text: 'Rain and sun.' }))
  const contents = [{ role: 'user', parts: [{ text: 'hello' }] }, content, { role: 'user', parts: results }]
  const second = await client.models.generateContent({ model, contents, config: { tools: config.tools } })
  assert.equal(second.text, 'Rain and sun.')
  const sent = sentIn(bench)['messages'] as Record<string, unknown>[]
  assert.deepEqual(
    sent.slice(2).map(({ role, tool_call_id: id, content: said }) => [role, id, said]),
    [
      ['tool', 'call_1', 'rain'],
      ['tool', 'call_2', 'sun'],
    ],
  )
})

test('function calls come in a stream, each in one piece', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ toolCalls, chunkSize: 3 }))
  const calls = []
  const config = { tools: [{ functionDeclarations: [weather] }] }
  for await (const part of await client.models.generateContentStream({ model, contents: 'hello', config })) {
    calls.push(...(part.functionCalls ?? []))
  }
  assert.deepEqual(
    calls.map(({ name, args }) => [name, args]),
    [
      ['weather', { city: 'Zürich' }],
      ['weather', { city: '東京' }],
    ],
  )
})

test('thoughts are told to whoever wants them included, and never as text', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ reasoning: 'Hm, well.', text: 'Yes.' }))
  const asking = { model, contents: 'hello' }
  const thinkingConfig = { includeThoughts: true }
  const shown = await client.models.generateContent({ ...asking, config: { thinkingConfig } })
  assert.equal(shown.text, 'Yes.')
  assert.deepEqual(
    shown.candidates?.[0]?.content?.parts?.map(({ text, thought }) => [text, thought === true]),
    [
      ['Hm, well.', true],
      ['Yes.', false],
    ],
  )
  const hidden = await client.models.generateContent(asking)
  assert.deepEqual(
    hidden.candidates?.[0]?.content?.parts?.map(({ text }) => text),
    ['Yes.'],
  )
})

test('a chat goes on from turn to turn', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ text: 'One.' }))
  const chat = client.chats.create({ model })
  for await (const part of await chat.sendMessageStream({ message: 'Count.' })) assert.ok(part.candidates)
  await chat.sendMessage({ message: 'On.' })
  assert.deepEqual(sentIn(bench)['messages'], [
    { role: 'user', content: 'Count.' },
    { role: 'assistant', content: 'One.' },
    { role: 'user', content: 'On.' },
  ])
})

test('tokens are counted here where nobody else counts them', async (t) => {
  const { bench, client } = await openClient(t)
  const short = await client.models.countTokens({ model, contents: 'hello' })
  const long = await client.models.countTokens({ model, contents: 'hello '.repeat(100) })
  assert.ok((short.totalTokens ?? 0) > 0)
  assert.ok((long.totalTokens ?? 0) > 90)
  assert.equal(bench.upstream.calls.length, 0)
})

test('texts become vectors', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', {
    is: 'status',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: {
      object: 'list',
      model: 'm',
      data: [
        { object: 'embedding', index: 1, embedding: [0.25, 1] },
        { object: 'embedding', index: 0, embedding: [0.5, -1] },
      ],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    },
  })
  const { embeddings } = await client.models.embedContent({ model, contents: ['one', 'two'], config: { outputDimensionality: 2 } })
  assert.deepEqual(
    embeddings?.map(({ values }) => values),
    [
      [0.5, -1],
      [0.25, 1],
    ],
  )
  assert.partialDeepStrictEqual(sentIn(bench), { model: 'm', input: ['one', 'two'], dimensions: 2 })
})

test('models are listed page by page, and one can be looked at', async (t) => {
  const { client } = await openClient(t, { providers: { alpha: { models: ['m', 'meta/llama', 'text-embed'] } } })
  const names = []
  for await (const { name } of await client.models.list({ config: { pageSize: 2 } })) names.push(name)
  assert.deepEqual(names, ['models/alpha/m', 'models/alpha/meta/llama', 'models/alpha/text-embed'])
  const one = await client.models.get({ model: 'alpha/meta/llama' })
  assert.equal(one.name, 'models/alpha/meta/llama')
})

test('errors come as the client’s own', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', rateLimited({ afterSeconds: 30 }))
  const asking = { model, contents: 'hello' }
  await assert.rejects(client.models.generateContent(asking), isApiError(429, /RESOURCE_EXHAUSTED/))
  await assert.rejects(client.models.generateContent({ ...asking, model: 'nobody/m' }), isApiError(404, /NOT_FOUND/))
  const stranger = new GoogleGenAI({ apiKey: 'wrong', httpOptions: { baseUrl: bench.origin } })
  await assert.rejects(stranger.models.generateContent(asking), isApiError(401, /UNAUTHENTICATED/))
})

test('an error in the middle of a stream is thrown behind what came before it', async (t) => {
  const { bench, client } = await openClient(t)
  const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: 'Good' } }] })
  bench.upstream.script(
    '*',
    bytesReply(`data: ${chunk}\n\ndata: {"error":{"message":"The server had an error","type":"server_error"}}\n\n`, 9),
  )
  let text = ''
  const streaming = async (): Promise<void> => {
    for await (const part of await client.models.generateContentStream({ model, contents: 'hello' })) text += part.text ?? ''
  }
  await assert.rejects(streaming(), isApiError(502, /The server had an error/))
  assert.equal(text, 'Good')
})

function isApiError(status: number, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof ApiError, String(error))
    assert.equal(error.status, status)
    assert.match(error.message, message)
    return true
  }
}
