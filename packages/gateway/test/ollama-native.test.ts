/** Ollama's own interface on both sides: callers that speak it, and providers that do. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { answer, rateLimited } from '@keywheel/simulator'
import type { Reply } from '@keywheel/simulator'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const native = `providers: { box: { base_url: "\${BOX_URL}", dialect: ollama-chat, keys: ["${keyText('a')}"] } }\n`
const nativeBench = { providers: { box: {} }, yaml: native } as const

const recordings = new URL('../../../../shared/fixtures/ollama/', import.meta.url)
const skip = existsSync(recordings) ? false : 'the recordings are not here (../shared/fixtures beside the repository)'

function played(name: string): Buffer {
  return readFileSync(new URL(`contract/ollama-chat/${name}`, import.meta.url))
}

/** Newline-delimited JSON in pieces of 7 bytes. */
function lines(bytes: Buffer): Reply {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n'
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) => bytes.subarray(at * 7, at * 7 + 7))
  return { is: 'wire', steps: [head, ...pieces].map((each) => ({ do: 'write', bytes: each }) as const).concat({ do: 'fin' } as never) }
}

function whole(bytes: Buffer): Reply {
  return { is: 'status', status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: bytes.toString() }
}

function post(bench: Bench, path: string, body: object): Promise<Response> {
  return fetch(bench.origin + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

const chat = { messages: [{ role: 'user', content: 'hello' }] }

test('an OpenAI caller gets text, thinking and calls of an Ollama', async (t) => {
  const bench = await openBench(t, nativeBench)
  bench.upstream.script('*', whole(played('tools.json')))
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } }]
  const called = (await (await bench.ask({ tools, max_tokens: 50 })).json()) as { choices: [Record<string, unknown>] }
  assert.equal(called.choices[0]['finish_reason'], 'tool_calls')
  const message = called.choices[0]['message'] as { content: string; tool_calls: [{ function: { arguments: string } }] }
  assert.equal(message.content, 'Let me look.')
  assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Zürich', unit: 'c' })
  const asked = bench.upstream.calls[0]
  assert.equal(asked?.path, '/v1/api/chat')
  assert.deepEqual(asked.json, { model: 'm', messages: chat.messages, stream: false, tools, options: { num_predict: 50 } })
  bench.upstream.script('*', lines(played('reasoning.stream')))
  const streamed = await (await bench.ask({ stream: true, stream_options: { include_usage: true } })).text()
  assert.match(streamed, /"reasoning_content":" I greet back\."/)
  assert.match(streamed, /"completion_tokens":16/)
  assert.match(streamed, /data: \[DONE\]\n\n$/)
})

test('an image by its address is brought to an Ollama as bytes', async (t) => {
  const bench = await openBench(t, nativeBench)
  bench.upstream.script('*', whole(played('text.json')))
  const content = [
    { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    { type: 'text', text: 'What is this?' },
  ]
  assert.equal((await bench.ask({ messages: [{ role: 'user', content }] })).status, 200)
  assert.partialDeepStrictEqual(bench.upstream.calls[0]?.json, {
    messages: [{ role: 'user', content: 'What is this?', images: ['iVBORw0KGgo='] }],
  })
})

test('between two that speak Ollama’s language nothing is touched, whole or line by line', { skip }, async (t) => {
  const bench = await openBench(t, nativeBench)
  const recorded = readFileSync(new URL('ollama/thinking-ndjson-stream/response.ndjson', recordings))
  bench.upstream.script('*', lines(recorded))
  const request = '{ "model":"box/qwen3", "new_field":[1.50], "messages":[{"role":"user","content":"\\u00e9"}] }'
  const response = await fetch(`${bench.origin}/api/chat`, {
    method: 'POST',
    body: request,
    headers: { 'content-type': 'application/json' },
  })
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson')
  assert.equal(response.headers.get('x-keywheel-translated'), null)
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), recorded)
  assert.equal(bench.upstream.calls[0]?.body.toString(), request.replace('box/qwen3', 'qwen3'))
  const answered = readFileSync(new URL('ollama/tools-thinking-nonstream/response.json', recordings))
  bench.upstream.script('*', whole(answered))
  const asWhole = await post(bench, '/api/chat', { ...chat, model: 'box/qwen3:latest', stream: false })
  assert.deepEqual(Buffer.from(await asWhole.arrayBuffer()), answered)
  assert.deepEqual(
    (await bench.rows()).map((row) => [row.passedThrough, row.outputTokens]),
    [
      [1, 143],
      [1, 889],
    ],
  )
})

test('Ollama of the catalogue is asked in its own language beside its `/v1`, and an OpenAI caller in OpenAI’s', async (t) => {
  const yaml = 'providers: { ollama: { base_url: "${BOX_URL}" } }\n'
  const bench = await openBench(t, { providers: { box: { models: ['llama3'] } }, yaml })
  bench.upstream.script('*', whole(played('text.json')))
  await post(bench, '/api/chat', { ...chat, model: 'ollama/llama3', stream: false })
  bench.upstream.script('*', whole(Buffer.from('{"model":"llama3","response":"world","done":true}')))
  await post(bench, '/api/generate', { prompt: 'Hello', suffix: '!', model: 'ollama/llama3', stream: false })
  bench.upstream.script('*', whole(played('text.json')))
  await post(bench, '/v1/messages', { ...chat, model: 'ollama/llama3', max_tokens: 5 })
  bench.upstream.script('*', answer({ text: 'Hi.' }))
  await post(bench, '/v1/chat/completions', { ...chat, model: 'ollama/llama3' })
  assert.deepEqual(
    bench.upstream.calls.filter(({ method }) => method === 'POST').map(({ path }) => path),
    ['/api/chat', '/api/generate', '/api/chat', '/v1/chat/completions'],
  )
})

test('a caller of Ollama’s is told of errors in Ollama’s form, before a stream and within one', async (t) => {
  const bench = await openBench(t, nativeBench)
  bench.upstream.script('*', rateLimited({ afterSeconds: 30 }))
  const limited = await post(bench, '/api/chat', { ...chat, model: 'box/m' })
  assert.equal(limited.status, 429)
  assert.match(JSON.stringify(await limited.json()), /^\{"error":"No provider could answer for `box\/m`/)
  const unknown = await post(bench, '/api/chat', { ...chat, model: 'nowhere/m' })
  assert.equal(unknown.status, 404)
  const nothing = await post(bench, '/api/pull', { model: 'm' })
  assert.equal(nothing.status, 404)
  assert.match(JSON.stringify(await nothing.json()), /^\{"error":"There is nothing at \/api\/pull/)
})

test('a stream that breaks off ends with a line that says so, and unfinished', async (t) => {
  const bench = await openBench(t, nativeBench)
  bench.upstream.script('*', lines(played('broken.stream')))
  for (const [path, body] of [
    ['/api/chat', chat],
    ['/api/generate', { prompt: 'Hello' }],
  ] as const) {
    const response = await post(bench, path, { ...body, model: 'box/m' })
    let text = ''
    await assert.rejects(async () => {
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece
    }, /terminated/)
    const told = text.trimEnd().split('\n')
    assert.match(told.at(-1) ?? '', /^\{"error":"llama runner process has terminated/)
    assert.ok(told.length === 3 && !text.includes('"done":true'), text)
  }
})

test('embeddings go through, and the older form of asking for one is put into the newer', async (t) => {
  const bench = await openBench(t, nativeBench)
  bench.upstream.script('*', whole(Buffer.from('{"model":"m","embeddings":[[0.5,0.25]],"prompt_eval_count":3}')))
  const one = await post(bench, '/api/embeddings', { model: 'box/m', prompt: 'a' })
  assert.deepEqual(await one.json(), { embedding: [0.5, 0.25] })
  assert.deepEqual(bench.upstream.calls[0]?.json, { model: 'm', input: ['a'] })
  const openAi = await post(bench, '/v1/embeddings', { model: 'box/m', input: 'a' })
  assert.equal(bench.upstream.calls[1]?.path, '/v1/api/embed')
  assert.deepEqual(((await openAi.json()) as { data: [{ embedding: unknown }] }).data[0].embedding, [0.5, 0.25])
})

test('a client that asks nothing, to load a model ahead, is told that it is loaded, and no provider is asked', async (t) => {
  const bench = await openBench(t)
  const ask = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(bench.origin + path, { method: 'POST', body: JSON.stringify({ model: 'alpha/m', ...body }) })
    assert.equal(response.status, 200)
    return (await response.json()) as Record<string, unknown>
  }
  for (const body of [{}, { prompt: '' }, { prompt: '', images: [], keep_alive: '5m' }]) {
    const { done, done_reason: reason, response } = await ask('/api/generate', body)
    assert.deepEqual([done, reason, response], [true, 'load', ''])
  }
  const unloaded = await ask('/api/chat', { messages: [], keep_alive: 0 })
  assert.deepEqual([unloaded['done'], unloaded['done_reason'], unloaded['message']], [true, 'unload', { role: 'assistant', content: '' }])
  assert.equal(bench.upstream.calls.length, 0)
  const nobody = await fetch(`${bench.origin}/api/generate`, { method: 'POST', body: '{"model":"nobody/x"}' })
  assert.equal(nobody.status, 404)
})
