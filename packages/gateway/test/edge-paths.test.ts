/** One canonical path; methods, unknown paths and OPTIONS are answered as clients expect. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openRaw, request } from './edge/raw.ts'
import type { RawAnswer } from './edge/raw.ts'
import { at, errorIn } from './edge/read.ts'
import { hello, keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

/** Raw, because `fetch` would tidy the path up before it is sent. */
async function ask(bench: Bench, line: string, body?: string): Promise<RawAnswer> {
  const connection = await openRaw(bench.port)
  connection.write(request(line, { connection: 'close' }, body))
  if (!line.startsWith('HEAD')) return await connection.answer()
  const head = await connection.closed
  return { status: Number(head.slice(9, 12)), headers: { head }, body: head.slice(head.indexOf('\r\n\r\n') + 4) }
}

function openKeyed(t: TestContext): Promise<Bench> {
  return openBench(t, { env: { PROXY_API_KEY: keyText('proxy') } })
}

const spellings = [
  '/v1/models',
  '/models',
  '//v1//models',
  '/v1/models/',
  '/v1/models//',
  '///models///',
  '/v1/models?',
  '/v1/models?beta=true&x=%zz',
  '/v1/models?a=/../b',
  '/%761/models',
]

test('a path is the same with and without /v1, with slashes too many, and with a query', async (t) => {
  const bench = await openBench(t)
  for (const target of spellings) {
    await t.test(target, async () => {
      const answer = await ask(bench, `GET ${target}`)
      assert.equal(answer.status, 200)
      assert.equal(at(JSON.parse(answer.body), 'object'), 'list')
    })
  }
})

test('a chat is answered at every spelling of its path', async (t) => {
  const bench = await openBench(t)
  const chat = JSON.stringify({ model: 'alpha/m', ...hello })
  for (const target of ['/v1/chat/completions', '/chat/completions', '//v1//chat/completions/', '/v1/chat/completions?api-version=1']) {
    assert.equal((await ask(bench, `POST ${target}`, chat)).status, 200, target)
  }
  assert.equal(bench.upstream.calls.length, 4)
})

test('the greeting and the health of the gateway need no key, also for HEAD', async (t) => {
  const bench = await openKeyed(t)
  for (const line of ['GET /', 'GET /health', 'GET /v1/health', 'HEAD /', 'HEAD /health', 'HEAD /?x=1']) {
    assert.equal((await ask(bench, line)).status, 200, line)
  }
})

test('HEAD on a GET route gives its headers and no body', async (t) => {
  const bench = await openBench(t)
  for (const target of ['/', '/health', '/v1/models', '/v1/providers', '/v1/quota-stats', '/metrics']) {
    const { status, headers, body } = await ask(bench, `HEAD ${target}`)
    assert.equal(status, 200, target)
    assert.match(headers['head'] ?? '', /content-length: [1-9]/)
    assert.equal(body, '', target)
  }
})

test('an unknown path gets a 404 that names the paths there are', async (t) => {
  const bench = await openBench(t)
  for (const line of ['GET /v1/nothing', 'POST /v1/nothing', 'GET /v2/models', 'GET /admin', 'GET /v1', 'DELETE /favicon.ico']) {
    const answer = await ask(bench, line)
    assert.equal(answer.status, 404, line)
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/)
    const { message, type, code } = errorIn(answer.body)
    assert.match(message, /POST \/v1\/chat\/completions/)
    assert.deepEqual([type, code], ['invalid_request_error', 'not_found'])
  }
})

const wrongMethods: readonly (readonly [string, string])[] = [
  ['POST /', 'GET, HEAD, OPTIONS'],
  ['POST /v1/models', 'GET, HEAD, OPTIONS'],
  ['DELETE /v1/models/alpha/m', 'GET, HEAD, OPTIONS'],
  ['GET /v1/chat/completions', 'POST, OPTIONS'],
  ['HEAD /v1/embeddings', 'POST, OPTIONS'],
  ['PUT /completions', 'POST, OPTIONS'],
  ['TRACE /health', 'GET, HEAD, OPTIONS'],
]

test('a known path with another method gets a 405 that says which is allowed', async (t) => {
  const bench = await openBench(t)
  for (const [line, allowed] of wrongMethods) {
    const { status, headers, body } = await ask(bench, line)
    assert.equal(status, 405, line)
    if (line.startsWith('HEAD')) {
      assert.match(headers['head'] ?? '', new RegExp(`allow: ${allowed}\r\n`))
      continue
    }
    assert.equal(headers['allow'], allowed, line)
    assert.equal(errorIn(body).code, 'method_not_allowed')
  }
})

test('OPTIONS is answered with 204 on every path, without a key and without an origin', async (t) => {
  const bench = await openKeyed(t)
  for (const target of ['/', '/v1/models', '/v1/chat/completions', '/metrics', '/v1/models/a%2Fb', '/no/such/path']) {
    const { status, body, headers } = await ask(bench, `OPTIONS ${target}`)
    assert.equal(status, 204, target)
    assert.equal(body, '')
    assert.equal(headers['access-control-allow-origin'], undefined)
  }
})

test('an answer is never a redirect', async (t) => {
  const bench = await openBench(t)
  for (const target of ['/v1', '/v1/', '//', '/v1/models/', '/V1/models', '/chat/completions/']) {
    const { status } = await ask(bench, `GET ${target}`)
    assert.ok(status < 300 || status >= 400, target)
  }
})

test('HTTP/1.0 without a Host is served and its connection closed', async (t) => {
  const { port } = await openBench(t)
  const connection = await openRaw(port)
  connection.write('GET /health HTTP/1.0\r\n\r\n')
  assert.match(await connection.closed, /^HTTP\/1\.1 200 /)
})

test('a stream over HTTP/1.0 comes without chunk sizes and ends with the connection', async (t) => {
  const bench = await openBench(t)
  const connection = await openRaw(bench.port)
  const body = JSON.stringify({ model: 'alpha/m', stream: true, ...hello })
  connection.write(`POST /v1/chat/completions HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const text = await connection.closed
  const events = text.slice(text.indexOf('\r\n\r\n') + 4)
  assert.match(text, /^HTTP\/1\.1 200 /)
  assert.doesNotMatch(text.toLowerCase(), /transfer-encoding/)
  assert.match(events, /^data: \{/)
  assert.match(events, /data: \[DONE\]\n\n$/)
})
