import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { RequestReader, UnreadableRequest } from './request-reader.ts'
import type { RawRequest } from './request-reader.ts'
import { dial, open } from './testing.test.ts'

const sized = 'POST /a HTTP/1.1\r\nHost: x\r\nX-Two: 1\r\nx-two: 2\r\nContent-Length: 5\r\n\r\nhéll'
const chunked = 'POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nX-Trailer: 1\r\n\r\n'
const bare = 'GET /c HTTP/1.0\r\n\r\n'

function readAll(pieces: readonly Buffer[]): RawRequest[] {
  const reader = new RequestReader(() => undefined)
  const requests: RawRequest[] = []
  for (const piece of pieces) {
    reader.push(piece)
    for (let request = reader.next(); request !== undefined; request = reader.next()) requests.push(request)
  }
  return requests
}

test('requests one after another are read however their bytes are cut', () => {
  const bytes = Buffer.from(sized + chunked + bare)
  for (const size of [1, 2, 3, 7, 50, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
    const requests = readAll(pieces)
    assert.deepEqual(
      requests.map(({ method, target, body, keepAlive }) => [method, target, body.toString(), keepAlive]),
      [
        ['POST', '/a', 'héll', true],
        ['POST', '/b', 'hello', true],
        ['GET', '/c', '', false],
      ],
    )
    assert.equal(requests[0]?.headers['x-two'], '1, 2')
    assert.deepEqual(requests[0]?.rawHeaders.slice(2, 6), ['X-Two', '1', 'x-two', '2'])
  }
})

test('what is not HTTP is refused', () => {
  for (const text of [
    'hello\r\n\r\n',
    'GET / HTTP/2\r\n\r\n',
    'GET / HTTP/1.1\r\n: x\r\n\r\n',
    'GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n',
  ]) {
    assert.throws(() => readAll([Buffer.from(text)]), UnreadableRequest)
  }
})

test('a client that sends nonsense is told so and the connection is closed', async (t) => {
  const simulator = await open(t)
  const socket = await dial(simulator)
  socket.end('nonsense\r\n\r\n')
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  assert.match(bytes.toString(), /^HTTP\/1\.1 400 /)
  assert.equal(simulator.calls.length, 0)
})

test('a client that waits for leave to send its body gets it', async (t) => {
  const simulator = await open(t)
  const socket = await dial(simulator)
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n')
  const [interim] = (await once(socket, 'data')) as [Buffer]
  assert.equal(interim.toString(), 'HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('{}')
  const [final] = (await once(socket, 'data')) as [Buffer]
  assert.match(final.toString(), /^HTTP\/1\.1 200 OK\r\n/)
  await once(socket, 'end')
  socket.destroy()
})
