/** What reaches a provider: its own address, its own key and a few headers of ours, whatever the caller sends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSimulator } from '@keywheel/simulator'
import type { SeenCall, Simulator } from '@keywheel/simulator'
import { at } from './edge/read.ts'
import { hello, keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

/** Everything that callers have used elsewhere to send a provider's key to a place of their own. */
function hostileHeaders(canary: Simulator): Record<string, string> {
  return {
    'x-api-base': canary.url,
    'x-base-url': canary.url,
    'x-portkey-custom-host': canary.url,
    'x-litellm-api-base': canary.url,
    'x-keywheel-custom-host': canary.url,
    'x-forwarded-host': `127.0.0.1:${canary.port}`,
    'x-forwarded-for': '10.0.0.1',
    'x-original-url': '/admin',
    forwarded: `host=127.0.0.1:${canary.port}`,
    via: '1.1 elsewhere',
    cookie: 'session=1',
    referer: 'https://lite.koboldai.net/',
    origin: 'https://lite.koboldai.net',
    'openai-organization': 'org-of-the-caller',
    'x-stainless-lang': 'js',
    'user-agent': 'a caller',
    'accept-encoding': 'gzip',
    'x-request-id': 'chosen-by-the-caller',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  }
}

function hostileBody({ url }: Simulator): Record<string, unknown> {
  const places = {
    api_base: url,
    base_url: url,
    azure_endpoint: url,
    aws_bedrock_runtime_endpoint: url,
    api_key: 'key-of-the-caller',
    custom_llm_provider: 'openai',
    extra_headers: { authorization: 'Bearer stolen', 'x-extra': '1' },
    headers: { 'x-extra': '1' },
    proxy: url,
  }
  return { ...places, metadata: places, extra_body: places }
}

function askHostile(bench: Bench, canary: Simulator, body: object = {}): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${keyText('proxy')}`,
    'x-api-key': keyText('proxy'),
    ...hostileHeaders(canary),
  }
  return bench.ask({}, { headers, body: JSON.stringify({ model: 'alpha/m', ...hello, ...hostileBody(canary), ...body }) })
}

function headersSeen(call: SeenCall): Record<string, string> {
  return { ...call.headers, 'content-length': String(call.headers['content-length'] === String(call.body.length)) }
}

function goldenHeaders(bench: Bench, accept: string): Record<string, string> {
  return {
    host: `127.0.0.1:${bench.upstream.port}`,
    connection: 'keep-alive',
    'content-type': 'application/json',
    accept,
    'accept-encoding': 'identity',
    'user-agent': 'keywheel/0.1.0',
    authorization: `Bearer ${keyText('a')}`,
    'content-length': 'true',
  }
}

test('nothing in a request changes where it goes, with which key, or which headers it carries', async (t) => {
  await using canary = await openSimulator()
  const bench = await openBench(t, { env: { PROXY_API_KEY: keyText('proxy') } })
  assert.equal((await askHostile(bench, canary)).status, 200)
  const streamed = await askHostile(bench, canary, { stream: true })
  await streamed.text()
  const [whole, stream] = bench.upstream.calls
  assert.ok(whole !== undefined && stream !== undefined)
  assert.deepEqual(headersSeen(whole), goldenHeaders(bench, 'application/json'))
  assert.deepEqual(headersSeen(stream), goldenHeaders(bench, 'text/event-stream'))
  assert.equal(whole.path, '/v1/chat/completions')
  assert.equal(canary.totalConnections, 0)
})

test('the fields that would redirect a call travel on as what they are: fields', async (t) => {
  await using canary = await openSimulator()
  const bench = await openBench(t)
  await askHostile(bench, canary)
  const [call] = bench.upstream.calls
  assert.equal(at(call?.json, 'api_base'), canary.url)
  assert.equal(at(call?.json, 'extra_body', 'extra_headers', 'x-extra'), '1')
})

test('a query is not passed on', async (t) => {
  const bench = await openBench(t)
  const answer = await fetch(`${bench.url}/chat/completions?api_base=http://evil.test&key=x`, {
    method: 'POST',
    body: JSON.stringify({ model: 'alpha/m', ...hello }),
  })
  assert.equal(answer.status, 200)
  assert.equal(bench.upstream.calls[0]?.path, '/v1/chat/completions')
})

test('the request id is the gateway’s own, whatever the caller sends', async (t) => {
  const bench = await openBench(t)
  const ids = new Set<string | null>()
  for (let i = 0; i < 3; i++) {
    const answer = await bench.ask({}, { headers: { 'x-request-id': 'chosen-by-the-caller' } })
    ids.add(answer.headers.get('x-request-id'))
  }
  assert.equal(ids.size, 3)
  for (const id of ids) assert.match(id ?? '', /^req_[\da-z]{16,}$/)
})
