/** Requests that a proxy in front could read differently are refused, and their connection closed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { faults } from '@keywheel/simulator'
import { openRaw, request, sendAndClose } from './edge/raw.ts'
import type { RawAnswer } from './edge/raw.ts'
import { errorIn } from './edge/read.ts'
import { hello, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const origin = 'https://lite.koboldai.net'
const chat = JSON.stringify({ model: 'alpha/m', ...hello })

function openEdge(t: TestContext): Promise<Bench> {
  return openBench(t, { env: { CORS_ORIGINS: origin } })
}

/** A listed page can read the refusal, a person can find it, and nobody can go on with the connection. */
function assertRefused(answer: RawAnswer, status = 400): void {
  assert.equal(answer.status, status)
  assert.match(answer.headers['x-request-id'] ?? '', /^req_/)
  assert.equal(answer.headers['access-control-allow-origin'], origin)
  assert.equal(answer.headers['connection'], 'close')
  assert.notEqual(errorIn(answer.body).message, '')
}

/** A request with the listed origin; `head` is everything between it and the empty line. */
function post(head: string, body = ''): string {
  return `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\n${head}\r\n\r\n${body}`
}

function get(target: string, head = 'Host: a'): string {
  return `GET ${target} HTTP/1.1\r\n${head}\r\nOrigin: ${origin}\r\n\r\n`
}

const unsafeTargets = [
  'http://evil.test/health',
  '/v1/../health',
  '/v1/./models',
  '/..',
  '/v1/%2e%2e/health',
  '/v1/.%2E/health',
  '/v1/models/%2e%2e%2fhealth',
  '/v1/models/a%2f..%2fb',
  '/v1%2fmodels',
  '/v1/chat%2Fcompletions',
  '/v1\\models',
  '/v1/models/a%5cb',
  '/v1/models/a%00b',
  '/v1/models/%0d%0aX-Evil:1',
  '/v1/%zz',
  '/v1/models/%',
  '/v1/models/%c0%af',
  '/v1/models#part',
  '*',
] as const

test('a target that could mean something else to a proxy is refused and the connection closed', async (t) => {
  const { port } = await openEdge(t)
  for (const target of unsafeTargets) {
    await t.test(target, async () => assertRefused(await sendAndClose(port, get(target))))
  }
})

const unsafeHosts: Readonly<Record<string, string>> = {
  'no Host': 'X-Nothing: here',
  'two Hosts': 'Host: a\r\nHost: b',
  'the same Host twice': 'Host: a\r\nhost: a',
  'a Host with a path': 'Host: localhost/#@evil',
  'a Host with a user': 'Host: user@evil',
  'a Host with a bad port': 'Host: a:port',
  'a Host with a space': 'Host: a b',
}

test('a missing, doubled or malformed Host is refused and the connection closed', async (t) => {
  const { port } = await openEdge(t)
  for (const [name, head] of Object.entries(unsafeHosts)) {
    await t.test(name, async () => assertRefused(await sendAndClose(port, get('/health', head))))
  }
})

test('HTTP/0.9 is refused although Node would read headers and a body from it', async (t) => {
  const { port } = await openEdge(t)
  const answer = await sendAndClose(port, `GET /x\nHost: a\r\nOrigin: ${origin}\r\nContent-Length: 5\r\n\r\nhello`)
  assertRefused(answer)
  assert.match(errorIn(answer.body).message, /HTTP\/1\.1/)
})

const smuggled = 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'
const chunked = '0\r\n\r\n'
const smuggling: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding': post('Content-Length: 5\r\nTransfer-Encoding: chunked', chunked + smuggled),
  'Transfer-Encoding and Content-Length': post('Transfer-Encoding: chunked\r\nContent-Length: 5', chunked + smuggled),
  'two lengths': post('Content-Length: 5\r\nContent-Length: 6', 'hello!'),
  'the same length twice': post('Content-Length: 5\r\nContent-Length: 5', 'hello'),
  'a list of lengths': post('Content-Length: 5, 5', 'hello'),
  'a signed length': post('Content-Length: +5', 'hello'),
  'a negative length': post('Content-Length: -1', smuggled),
  'a hexadecimal length': post('Content-Length: 0x5', 'hello'),
  'a length beyond 64 bits': post('Content-Length: 99999999999999999999', 'hello'),
  'a space before the colon': post('Content-Length : 5', 'hello'),
  'an unknown coding': post('Transfer-Encoding: xchunked', chunked + smuggled),
  'chunked not last': post('Transfer-Encoding: chunked, identity', chunked + smuggled),
  'chunked behind another coding': post('Transfer-Encoding: gzip, chunked', chunked),
  'chunked twice': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', chunked),
  'a coding over two lines': post('Transfer-Encoding:\r\n chunked', chunked),
  'a coding with a tab before the colon': post('Transfer-Encoding\t: chunked', chunked),
  'a vertical tab in the coding': post('Transfer-Encoding: \x0bchunked', chunked),
  'a chunk size that is no number': post('Transfer-Encoding: chunked', 'zz\r\nhello\r\n0\r\n\r\n'),
  'a chunk size beyond 64 bits': post('Transfer-Encoding: chunked', 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'),
  'a line feed in a chunk extension': post('Transfer-Encoding: chunked', '5;a\nb\r\nhello\r\n0\r\n\r\n'),
  'a chunk longer than it says': post('Transfer-Encoding: chunked', '1\r\nhello\r\n0\r\n\r\n'),
  'a chunk ended by a bare line feed': post('Transfer-Encoding: chunked', '5\nhello\n0\n\n'),
  'a coding in HTTP/1.0': `POST /v1/embeddings HTTP/1.0\r\nOrigin: ${origin}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
  'a header folded over two lines': get('/health', 'Host: a\r\nX-Folded: a\r\n b'),
  'a bare carriage return in a header': get('/health', 'Host: a\r\nX-A: b\rX-C: d'),
  'a NUL in a header': get('/health', 'Host: a\r\nX-A: b\0c'),
  'a header without a name': get('/health', 'Host: a\r\n: b'),
  'a header without a colon': get('/health', 'Host: a\r\nnothing'),
  'a tunnel': `CONNECT evil.test:443 HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\n\r\n`,
  'HTTP/2 by prior knowledge': `PRI * HTTP/2.0\r\nOrigin: ${origin}\r\n\r\nSM\r\n\r\n`,
  'no HTTP at all': `hello there\r\nOrigin: ${origin}\r\n\r\n`,
}

test('no trick with lengths, codings or line ends makes two requests of one', async (t) => {
  const { port, upstream } = await openEdge(t)
  for (const [name, bytes] of Object.entries(smuggling)) {
    await t.test(name, async () => assertRefused(await sendAndClose(port, bytes)))
  }
  assert.deepEqual(upstream.calls, [])
})

test('headers that are too large or too many get a 431 that a page can read', async (t) => {
  const { port } = await openEdge(t)
  const large = await sendAndClose(port, get('/health', `Host: a\r\nOrigin: ${origin}\r\nX-Large: ${'a'.repeat(20_000)}`))
  assertRefused(large, 431)
  assert.equal(errorIn(large.body).code, 'headers_too_large')
  assertRefused(await sendAndClose(port, get('/health', `Host: a${'\r\nX-Many: 1'.repeat(250)}`)), 431)
})

test('an origin that is not listed gets no CORS header, not even from the parser', async (t) => {
  const { port } = await openEdge(t)
  for (const head of ['Host: a\r\nHost: b', 'Host: a\r\nnothing']) {
    const answer = await sendAndClose(port, `GET /health HTTP/1.1\r\nOrigin: https://evil.test\r\n${head}\r\n\r\n`)
    assert.equal(answer.status, 400)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
  }
})

test('every refusal of the parser has its line in the log, under the id that the caller was told', async (t) => {
  const { port, log } = await openEdge(t)
  const answer = await sendAndClose(port, get('/health', 'Host: a\r\nnothing'))
  const line = log.find((each) => each['id'] === answer.headers['x-request-id'])
  assert.equal(line?.['event'], 'call.served')
  assert.equal(line?.['status'], 400)
})

test('bytes behind the body end the connection with a 400 and cancel the call that was under way', async (t) => {
  const bench = await openEdge(t)
  const { port, upstream } = bench
  upstream.script('*', { is: 'wire', steps: [{ do: 'stall' }] })
  const connection = await openRaw(port)
  connection.write(post(`Content-Length: ${chat.length}`, chat))
  await upstream.seen(1)
  connection.write('and more\r\n\r\n')
  const answer = await connection.answer()
  assertRefused(answer)
  assert.equal(await connection.closed, '')
  assert.equal(await upstream.calls[0]?.done, 'client-closed')
  const [row] = await bench.rows()
  assert.equal(row?.id, answer.headers['x-request-id'])
  assert.equal(row?.end, 'cancelled')
})

test('bytes behind the body never put a second answer into one that has begun', async (t) => {
  const { port, upstream } = await openEdge(t)
  upstream.script('*', faults.F41.reply({ variant: 'after-content' }))
  const connection = await openRaw(port)
  const body = JSON.stringify({ model: 'alpha/m', ...hello, stream: true })
  connection.write(request('POST /v1/chat/completions', {}, body))
  await new Promise((resolve) => connection.socket.once('data', resolve))
  connection.write('and more\r\n\r\n')
  const received = await connection.closed
  assert.match(received, /^HTTP\/1\.1 200 /)
  assert.doesNotMatch(received, /400 Bad Request/)
  assert.equal(received.includes('\r\n0\r\n'), false)
})

test('a caller that cuts its connection right behind a request for a tunnel harms nobody', async (t) => {
  const { port, origin: gateway } = await openEdge(t)
  for (let i = 0; i < 50; i++) {
    const connection = await openRaw(port)
    connection.write('CONNECT evil.test:443 HTTP/1.1\r\nHost: a\r\n\r\n')
    if (i % 2 === 0) await new Promise(setImmediate)
    connection.reset()
  }
  assert.equal((await fetch(`${gateway}/health`)).status, 200)
})
