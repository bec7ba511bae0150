import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Client, errors } from 'undici'
import { codeOf, connectionFailure, isStaleSocket, networkFailure, noteSocket } from './network-failure.ts'

function broken(code: string, more: object = {}): Error {
  return Object.assign(new Error('secret detail'), { code, ...more })
}

for (const [code, reason, sentBefore, sentAfter] of [
  ['ENOTFOUND', 'unreachable', 'no', 'no'],
  ['EAI_AGAIN', 'unreachable', 'no', 'no'],
  ['ECONNREFUSED', 'unreachable', 'no', 'no'],
  ['UND_ERR_CONNECT_TIMEOUT', 'unreachable', 'no', 'no'],
  ['EMFILE', 'not-sent', 'no', 'no'],
  ['ECONNRESET', 'upstream-broken', 'maybe', 'maybe'],
  ['EPIPE', 'upstream-broken', 'maybe', 'maybe'],
  ['UND_ERR_SOCKET', 'upstream-broken', 'maybe', 'maybe'],
  ['UND_ERR_HEADERS_OVERFLOW', 'bad-answer', 'maybe', 'yes'],
  ['HPE_INVALID_CONSTANT', 'bad-answer', 'maybe', 'yes'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'truncated', 'maybe', 'yes'],
  ['CERT_HAS_EXPIRED', 'unreachable', 'no', 'no'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unreachable', 'no', 'no'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'unreachable', 'no', 'no'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unreachable', 'no', 'no'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'unreachable', 'no', 'no'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'unreachable', 'no', 'no'],
  ['toString', 'upstream-broken', 'maybe', 'maybe'],
  ['EWHATEVER', 'upstream-broken', 'maybe', 'maybe'],
] as const) {
  test(`${code} is ${reason}`, () => {
    const before = networkFailure(broken(code), false)
    const after = networkFailure(broken(code), true)
    assert.deepEqual([before.reason, before.sent, after.reason, after.sent], [reason, sentBefore, reason, sentAfter])
    assert.doesNotMatch(after.message, /secret/)
    assert.match(after.message, /^[A-Z].*\.$/)
  })
}

test('over a connection that never came to be nothing was sent, whatever broke it', () => {
  for (const code of ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'EWHATEVER', 'CERT_HAS_EXPIRED', 'UND_ERR_CONNECT_TIMEOUT']) {
    const { reason, sent } = connectionFailure(broken(code))
    assert.deepEqual([reason, sent], ['unreachable', 'no'], code)
  }
  assert.equal(connectionFailure(broken('EMFILE')).reason, 'not-sent')
})

test('the code is found in the error or in its parts, and may be missing', () => {
  assert.equal(codeOf(broken('ECONNREFUSED')), 'ECONNREFUSED')
  assert.equal(codeOf(new AggregateError([new Error('a'), broken('ETIMEDOUT')])), '')
  assert.equal(codeOf(new AggregateError(['odd', broken('ECONNREFUSED'), broken('ENETUNREACH')])), 'ECONNREFUSED')
  assert.equal(codeOf(Object.assign(new AggregateError([broken('A')]), { code: 'B' })), 'B')
  assert.equal(codeOf(new Error('x')), '')
})

test('a socket that had served before is stale, a fresh one is not', () => {
  for (const code of ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']) {
    assert.ok(isStaleSocket(broken(code, { socket: { bytesRead: 120 } })))
    assert.ok(!isStaleSocket(broken(code, { socket: { bytesRead: 0 } })))
    assert.ok(!isStaleSocket(broken(code, { socket: null })))
    assert.ok(!isStaleSocket(broken(code)))
  }
  assert.ok(!isStaleSocket(broken('ECONNREFUSED', { socket: { bytesRead: 9 } })))
})

test('how much a socket had been used is noted where nobody noted it', () => {
  const bare = broken('ECONNRESET')
  noteSocket(bare, { bytesRead: 5 })
  assert.ok(isStaleSocket(bare))
  const told = broken('UND_ERR_SOCKET', { socket: { bytesRead: 0 } })
  noteSocket(told, { bytesRead: 5 })
  assert.ok(!isStaleSocket(told))
})

test('undici’s own errors are understood', async () => {
  assert.equal(networkFailure(new errors.ConnectTimeoutError('x'), false).reason, 'unreachable')
  assert.equal(networkFailure(new errors.SocketError('x'), true).reason, 'upstream-broken')
})

for (const [what, answer, reason] of [
  ['no HTTP', 'nonsense\r\n\r\n', 'bad-answer'],
  ['a strange version', 'HTTP/9.9 200 OK\r\n\r\n', 'bad-answer'],
  ['a broken chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'bad-answer'],
  ['endless headers', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 'bad-answer'],
  ['a short body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', 'upstream-broken'],
  ['nothing', '', 'upstream-broken'],
] as const) {
  test(`an answer that is ${what} is ${reason}`, async (t) => {
    assert.equal(networkFailure(await errorOf(await portOf(t, answer)), true).reason, reason)
  })
}

/** Serves these bytes, and the end, to whoever asks. */
async function portOf(t: TestContext, answer: string): Promise<number> {
  const server = createServer((socket) => socket.once('data', () => socket.end(answer)).on('error', () => {}))
  server.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}

async function errorOf(port: number): Promise<Error> {
  const client = new Client(`http://127.0.0.1:${port}`, { maxHeaderSize: 16_384 })
  try {
    const { body } = await client.request({ method: 'GET', path: '/' })
    await body.text()
  } catch (error) {
    assert.ok(error instanceof Error)
    return error
  } finally {
    await client.destroy()
  }
  throw new Error('no error came')
}
