import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { errors, request } from 'undici'
import { codeOf, isStaleSocket, networkFailure } from './network-failure.ts'

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

test('the code is found in the error or in its parts, and may be missing', () => {
  assert.equal(codeOf(broken('ECONNREFUSED')), 'ECONNREFUSED')
  assert.equal(codeOf(new AggregateError([new Error('a'), broken('ETIMEDOUT')])), '')
  assert.equal(codeOf(new AggregateError(['odd', broken('ECONNREFUSED'), broken('ENETUNREACH')])), 'ECONNREFUSED')
  assert.equal(codeOf(Object.assign(new AggregateError([broken('A')]), { code: 'B' })), 'B')
  assert.equal(codeOf(new Error('x')), '')
})

test('a socket that had served before is stale, a fresh one is not', () => {
  assert.ok(isStaleSocket(broken('ECONNRESET')))
  assert.ok(isStaleSocket(broken('EPIPE')))
  assert.ok(isStaleSocket(broken('UND_ERR_SOCKET', { socket: { bytesRead: 120 } })))
  assert.ok(!isStaleSocket(broken('UND_ERR_SOCKET', { socket: { bytesRead: 0 } })))
  assert.ok(!isStaleSocket(broken('UND_ERR_SOCKET', { socket: null })))
  assert.ok(!isStaleSocket(broken('UND_ERR_SOCKET')))
  assert.ok(!isStaleSocket(broken('ECONNREFUSED', { socket: { bytesRead: 9 } })))
})

test('undici’s own errors are understood', async (t) => {
  assert.equal(networkFailure(new errors.ConnectTimeoutError('x'), false).reason, 'unreachable')
  assert.equal(networkFailure(new errors.SocketError('x'), true).reason, 'upstream-broken')
  const server = createServer((socket) => socket.end('nonsense\r\n\r\n'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const garbage = await errorOf(port)
  assert.equal(networkFailure(garbage, true).reason, 'bad-answer')
  server.close()
  await once(server, 'close')
  assert.deepEqual(networkFailure(await errorOf(port), false).sent, 'no')
  t.diagnostic(codeOf(garbage))
})

async function errorOf(port: number): Promise<Error> {
  const error: unknown = await request(`http://127.0.0.1:${port}/`).catch((caught: unknown) => caught)
  assert.ok(error instanceof Error)
  return error
}
