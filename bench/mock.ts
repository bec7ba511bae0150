/**
 * The cheapest provider there can be: canned bytes on a raw socket, a process of its own.
 * `node bench/mock.ts CHUNKS GAP_MS` prints its port. A request whose body says `"stream":true` gets a stream.
 */
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { chunkEvent, streamHead, streamTail, wholeAnswer } from './load/wire.ts'
import { RequestCutter } from './load/request-cutter.ts'
import { listening } from './child.ts'

const chunks = Number(process.argv[2] ?? 100)
/** 0: all chunks at once. */
const gapMs = Number(process.argv[3] ?? 0)
const whole = Buffer.from(wholeAnswer)
const head = Buffer.from(streamHead)
const event = Buffer.from(chunkEvent)
const tail = Buffer.from(streamTail)
const instantStream = Buffer.concat([head, ...Array.from({ length: chunks }, () => event), tail])

function answer(socket: Socket, wantsStream: boolean): void {
  if (!wantsStream) socket.write(whole)
  else if (gapMs === 0) socket.write(instantStream)
  else stream(socket)
}

/** The first chunk goes with the headers; its moment is what the time to the first token is measured from. */
function stream(socket: Socket): void {
  socket.write(head)
  socket.write(event)
  let sent = 1
  const timer = setInterval(() => {
    if (sent < chunks) socket.write(event)
    else {
      clearInterval(timer)
      socket.write(tail)
    }
    sent++
  }, gapMs)
  socket.once('close', () => clearInterval(timer))
}

const server = createServer({ noDelay: true }, (socket) => {
  const cutter = new RequestCutter((wantsStream) => answer(socket, wantsStream))
  socket.on('data', (bytes) => cutter.take(bytes))
  socket.on('error', () => socket.destroy())
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => listening(server))
