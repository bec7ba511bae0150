/** Images that callers name by address, for a provider that takes only bytes. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

async function openPictures(t: TestContext): Promise<{ origin: string; seen: string[] }> {
  const seen: string[] = []
  const server = createServer(({ url = '' }, outgoing) => {
    seen.push(url)
    if (url === '/missing.png') outgoing.writeHead(404).end()
    else outgoing.writeHead(200, { 'content-type': 'image/jpeg' }).end(Buffer.from(png, 'base64'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function open(t: TestContext, reachesPrivateMedia: boolean): Promise<Bench> {
  const keys = '["AKIDEXAMPLE0000:secret-0123456789", "AKIDEXAMPLE0001:secret-0123456789"]'
  const yaml = `providers:\n  box: { base_url: "\${BOX_URL}", dialect: bedrock-converse, keys: ${keys} }\n`
  return openBench(t, { providers: { box: {} }, yaml, chance: () => 0, reachesPrivateMedia })
}

const answer = {
  is: 'status',
  status: 200,
  body: {
    output: { message: { role: 'assistant', content: [{ text: 'A dot.' }] } },
    stopReason: 'end_turn',
    usage: { inputTokens: 1, outputTokens: 1 },
  },
} as const

function asking(...urls: readonly string[]): object {
  const images = urls.map((url) => ({ type: 'image', source: { type: 'url', url } }))
  return {
    model: 'box/anthropic.claude-3-haiku',
    max_tokens: 100,
    messages: [{ role: 'user', content: [...images, { type: 'text', text: 'What is on this picture?' }] }],
  }
}

function post(bench: Bench, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }
  return fetch(`${bench.url}/messages`, { method: 'POST', headers, body: JSON.stringify(body) })
}

test('an image by address reaches the provider as bytes, with the type that they have', async (t) => {
  const { origin } = await openPictures(t)
  const bench = await open(t, true)
  bench.upstream.script('*', answer)
  const response = await post(bench, asking(`${origin}/a.png`, `${origin}/b.png`))
  assert.equal(response.status, 200)
  const sent = bench.upstream.calls[0]?.json as { messages: { content: unknown }[] }
  const image = { image: { format: 'png', source: { bytes: png } } }
  assert.deepEqual(sent.messages[0]?.content, [image, image, { text: 'What is on this picture?' }])
})

test('an image is fetched once for all attempts of a call', async (t) => {
  const { origin, seen } = await openPictures(t)
  const bench = await open(t, true)
  bench.upstream.script('*', { is: 'status', status: 403, body: { message: 'The security token is invalid.' } }, answer)
  const response = await post(bench, asking(`${origin}/a.png`, `${origin}/a.png`))
  assert.equal(response.status, 200)
  assert.deepEqual({ asked: bench.upstream.calls.length, seen }, { asked: 2, seen: ['/a.png'] })
})

test('an image that is not there is the caller’s fault, named by its host, and no provider is asked', async (t) => {
  const { origin } = await openPictures(t)
  const bench = await open(t, true)
  const response = await post(bench, asking(`${origin}/missing.png`))
  assert.equal(response.status, 400)
  const body = await response.text()
  assert.match(body, new RegExp(`${new URL(origin).host}.*status 404`))
  assert.ok(!body.includes('missing.png'))
  assert.equal(bench.upstream.calls.length, 0)
})

test('by default nothing is fetched from private networks, and nobody is asked to', async (t) => {
  const { origin, seen } = await openPictures(t)
  const bench = await open(t, false)
  for (const address of [origin, origin.replace('http:', 'https:'), 'https://[::1]/a.png', 'https://169.254.169.254/latest/meta-data/']) {
    const response = await post(bench, asking(address))
    assert.equal(response.status, 400, address)
  }
  assert.deepEqual({ seen, asked: bench.upstream.calls.length }, { seen: [], asked: 0 })
})
