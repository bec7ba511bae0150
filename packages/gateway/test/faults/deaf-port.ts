/** A port that lets nobody in: its queue of connections is full and nobody takes any out, so that the kernel drops what comes. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface DeafPort extends AsyncDisposable {
  readonly port: number
}

/** Listens, tells its port, and never turns its event loop again. */
const listener = `
const { createServer } = require('node:net')
const { parentPort } = require('node:worker_threads')
const server = createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})
`

/** Real milliseconds in which the loopback connects many times over. */
const plentyMs = 200
/** The kernel may let in one or two more than was asked for. */
const mostWaiting = 8

export async function openDeafPort(): Promise<DeafPort> {
  const worker = new Worker(listener, { eval: true })
  const [port] = (await once(worker, 'message')) as [number]
  const waiting: Socket[] = []
  const close = async (): Promise<void> => {
    for (const socket of waiting) socket.destroy()
    await worker.terminate()
  }
  while (waiting.length < mostWaiting) {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    waiting.push(socket)
    if (!(await connects(socket))) return { port, [Symbol.asyncDispose]: close }
  }
  await close()
  throw new Error('the kernel lets everybody in')
}

function connects(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    // One more look at the sockets: on a busy machine the timer may only be the first to be told.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => resolve(false))), plentyMs)
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
