/** The official Ollama client in front of a provider that speaks like OpenAI. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, rateLimited, serverError } from '@keywheel/simulator'
import { Ollama } from 'ollama'
import type { Tool } from 'ollama'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

const model = 'alpha/m'
const messages = [{ role: 'user', content: 'hello' }]

/** What the provider was asked by one of its calls; the first unless told. */
function sentIn(bench: Bench, at = 0): Record<string, unknown> {
  const json = bench.upstream.calls.at(at)?.json
  assert.ok(typeof json === 'object' && json !== null)
  return json as Record<string, unknown>
}

async function openClient(t: TestContext, given: Given = {}): Promise<{ bench: Bench; client: Ollama }> {
  const bench = await openBench(t, { env: { PROXY_API_KEY: keyText('proxy') }, ...given })
  return { bench, client: new Ollama({ host: bench.origin, headers: { Authorization: `Bearer ${keyText('proxy')}` } }) }
}

test('a chat, whole and streamed', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ text: 'Good day to you 🧭.', chunkSize: 7 }))
  const whole = await client.chat({ model, messages, options: { temperature: 0.5, num_predict: 99, stop: ['END'] } })
  assert.equal(whole.message.content, 'Good day to you 🧭.')
  assert.deepEqual([whole.model, whole.done, whole.done_reason], [model, true, 'stop'])
  assert.equal(whole.eval_count, 5)
  assert.ok(whole.total_duration > 0 && Number.isInteger(whole.total_duration))
  const asked = sentIn(bench)
  assert.deepEqual([asked['temperature'], asked['max_tokens'], asked['stop']], [0.5, 99, ['END']])
  let text = ''
  let last
  for await (const part of await client.chat({ model, messages, stream: true })) {
    text += part.message.content
    last = part
  }
  assert.equal(text, 'Good day to you 🧭.')
  assert.deepEqual([last?.done, last?.done_reason, last?.eval_count], [true, 'stop', 5])
})

const weather: Tool = {
  type: 'function',
  function: { name: 'weather', description: 'The weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

test('tools are called with objects, and their results find their calls', async (t) => {
  const { bench, client } = await openClient(t)
  const toolCalls = [
    { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich"}' },
    { id: 'call_2', name: 'weather', arguments: '{"city":"東京"}' },
  ]
  bench.upstream.script('*', answer({ toolCalls }))
  const given = [{ function: { index: 0, name: 'weather', arguments: { city: 'Zürich' } } }, { function: { arguments: { city: '東京' } } }]
  const whole = await client.chat({ model, messages, tools: [weather] })
  assert.partialDeepStrictEqual(whole.message.tool_calls, given)
  const streamed = []
  for await (const part of await client.chat({ model, messages, tools: [weather], stream: true })) {
    streamed.push(...(part.message.tool_calls ?? []))
  }
  assert.partialDeepStrictEqual(streamed, given)
  bench.upstream.script('*', answer({ text: 'Rain and sun.' }))
  const results = ['rain', 'sun'].map((content) => ({ role: 'tool', tool_name: 'weather', content }))
  const next = await client.chat({ model, messages: [...messages, whole.message, ...results], tools: [weather] })
  assert.equal(next.message.content, 'Rain and sun.')
  const sent = sentIn(bench, -1)['messages'] as Record<string, unknown>[]
  assert.deepEqual(
    sent.slice(2).map(({ role, tool_call_id: id, content }) => [role, id, content]),
    [
      ['tool', 'call_1', 'rain'],
      ['tool', 'call_2', 'sun'],
    ],
  )
})

test('thinking comes beside the text', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ reasoning: 'Hm, well.', text: 'Yes.' }))
  const whole = await client.chat({ model, messages, think: true })
  assert.deepEqual([whole.message.thinking, whole.message.content], ['Hm, well.', 'Yes.'])
  let thinking = ''
  for await (const part of await client.chat({ model, messages, think: true, stream: true })) thinking += part.message.thinking ?? ''
  assert.equal(thinking, 'Hm, well.')
})

test('a prompt is gone on with, whole and streamed, and with a picture', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ text: 'Because of the air.' }))
  const whole = await client.generate({ model, prompt: 'Why is the sky blue?', system: 'Be brief.', format: 'json' })
  assert.equal(whole.response, 'Because of the air.')
  const asked = sentIn(bench)
  assert.deepEqual(asked['response_format'], { type: 'json_object' })
  let text = ''
  const image = Buffer.from('iVBORw0KGgo=', 'base64')
  for await (const part of await client.generate({ model, prompt: 'And here?', images: [image], stream: true })) text += part.response
  assert.equal(text, 'Because of the air.')
  assert.match(bench.upstream.calls[1]?.body.toString() ?? '', /data:image\/png;base64,iVBORw0KGgo=/)
  await assert.rejects(client.generate({ model, prompt: 'def f():', suffix: 'return 1' }), /`suffix` needs a model that fills gaps/)
})

test('embeddings, in the present form and in the older one', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ embeddings: [[1, 2]] }))
  const { embeddings, model: told } = await client.embed({ model, input: ['a'] })
  assert.deepEqual([embeddings, told], [[[1, 2]], model])
  assert.deepEqual(await client.embeddings({ model, prompt: 'a' }), { embedding: [1, 2] })
  assert.equal(sentIn(bench, 1)['input'], 'a')
})

test('the models are listed with a tag, shown, and asked for by either name', async (t) => {
  const { bench, client } = await openClient(t)
  const { models } = await client.list()
  assert.deepEqual(
    models.map(({ name }) => name),
    ['alpha/m:latest'],
  )
  const shown = await client.show({ model: 'alpha/m:latest' })
  assert.deepEqual(shown.capabilities, ['completion', 'tools', 'vision'])
  assert.equal((await client.chat({ model: 'alpha/m:latest', messages })).model, 'alpha/m')
  assert.equal(bench.upstream.calls.at(-1)?.model, 'm')
  assert.deepEqual((await client.ps()).models, [])
  assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/)
})

/** What `assert.rejects` compares an error of the client with. */
function failing(status: number, message: RegExp): object {
  return { name: 'ResponseError', status_code: status, message }
}

test('errors are what the client expects of them', async (t) => {
  const { bench, client } = await openClient(t)
  await assert.rejects(client.show({ model: 'alpha/x' }), failing(404, /model 'alpha\/x' not found/))
  await assert.rejects(client.chat({ model: 'nowhere/m', messages }), failing(404, /nowhere/))
  await assert.rejects(new Ollama({ host: bench.origin }).list(), failing(401, /needs a key/))
  bench.upstream.script('*', rateLimited({ afterSeconds: 30 }))
  await assert.rejects(client.chat({ model, messages, stream: true }), failing(429, /No provider could answer/))
})

test('a stream that fails in the middle throws with the reason', async (t) => {
  const { bench, client } = await openClient(t)
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n'
  const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Half' }, finish_reason: null }] })}\n\n`
  const error = 'data: {"error":{"message":"The server had an error.","type":"server_error"}}\n\n'
  bench.upstream.script('*', { is: 'wire', steps: [{ do: 'write', bytes: head + chunk }, { do: 'write', bytes: error }, { do: 'fin' }] })
  let text = ''
  await assert.rejects(async () => {
    for await (const part of await client.chat({ model, messages, stream: true })) text += part.message.content
  }, /The server had an error/)
  assert.equal(text, 'Half')
  bench.upstream.script('*', serverError())
  await assert.rejects(client.chat({ model, messages }), /No provider could answer/)
})

test('a client that leaves ends the call at the provider', async (t) => {
  const { bench, client } = await openClient(t)
  bench.upstream.script('*', answer({ tokens: 100_000, everyMs: 2 }))
  const stream = await client.chat({ model, messages, stream: true })
  await assert.rejects(async () => {
    for await (const _part of stream) stream.abort()
  }, /abort/i)
  assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
})
