import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { systemClock } from '@keywheel/keyring'
import type { Call } from './call.ts'
import { Cors } from './cors.ts'
import { RequestIds } from './request-ids.ts'
import { createEdge, listen } from './server.ts'
import type { EdgeOptions } from './server.ts'
import { writeJson } from './write-reply.ts'

const page = 'https://lite.koboldai.net'

interface OpenEdge {
  /** Opens a connection, sends the text, and resolves with everything that came when the other side has closed. */
  send(text: string): Promise<string>
  readonly refused: readonly number[]
  readonly port: number
}

async function openEdge(t: TestContext, limits: EdgeOptions['limits'], onCall: (call: Call) => void): Promise<OpenEdge> {
  const refused: number[] = []
  const server = createEdge({
    cors: new Cors([page]),
    ids: new RequestIds('test'),
    clock: systemClock,
    maxInFlight: 100,
    writeRefusal: (_path, { message }) => Buffer.from(JSON.stringify({ error: { message } })),
    onCall,
    onRefused: (_request, status) => refused.push(status),
    ...(limits !== undefined && { limits }),
  })
  const port = await listen(server, '127.0.0.1', 0)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { send: (text) => received(connect(port, '127.0.0.1'), text), refused, port }
}

function received(socket: Socket, text: string): Promise<string> {
  let all = ''
  socket.on('data', (chunk) => (all += chunk.toString()))
  socket.on('error', () => undefined)
  socket.write(text)
  return new Promise((resolve) => socket.once('close', () => resolve(all)))
}

const quick: EdgeOptions['limits'] = { headersTimeoutMs: 30, requestTimeoutMs: 60, checkingIntervalMs: 10 }
const answerOk = (call: Call): void => writeJson(call, 200, '{}')

test('headers that come too slowly are cut with a 408, and others are served meanwhile', async (t) => {
  const edge = await openEdge(t, quick, answerOk)
  const slow = Array.from({ length: 50 }, () => edge.send('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: '))
  assert.match(await edge.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 /)
  for (const answer of await Promise.all(slow)) {
    assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n.*x-request-id: req_test/s)
    assert.match(answer, /"code":"request_timeout"\}\}$/)
  }
  assert.deepEqual(new Set(edge.refused), new Set([408]))
})

test('a request that is not complete in time gets a 408 under its own id, which its page can read', async (t) => {
  const seen: string[] = []
  const edge = await openEdge(t, quick, (call) => void seen.push(call.id))
  const answer = await edge.send(`POST / HTTP/1.1\r\nHost: a\r\nOrigin: ${page}\r\nContent-Length: 5\r\n\r\nhe`)
  assert.match(answer, /^HTTP\/1\.1 408 /)
  assert.ok(answer.includes(`x-request-id: ${seen[0]}\r\n`))
  assert.ok(answer.includes(`access-control-allow-origin: ${page}\r\n`))
})

test('a connection that is kept and not used is closed after a while', async (t) => {
  const edge = await openEdge(t, { keepAliveTimeoutMs: 10 }, answerOk)
  const startedAt = performance.now()
  assert.match(await edge.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), /^HTTP\/1\.1 200 /)
  assert.ok(performance.now() - startedAt < 5000)
})

test('a refusal is sent in full to a caller whose body still comes', async (t) => {
  const edge = await openEdge(t, {}, answerOk)
  const answer = await edge.send(`POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 3000000\r\n\r\n${'x'.repeat(3_000_000)}`)
  assert.match(answer, /^HTTP\/1\.1 400 .*more than one Host header/s)
  assert.deepEqual(edge.refused, [400])
})
