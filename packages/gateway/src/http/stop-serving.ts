/** Ends a server without breaking what it is doing, as far as there is time. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { stoppingOf } from './stopping.ts'

/** The open connections of a server, kept up to date. */
export function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/** While calls are under way, load balancers get this long to see at `/health` that it stops, and are not met by a closed port. */
const mostNoticeMs = 5000
/** For the last event of each stream that had to be ended; a caller that does not take it is cut. */
const lastWordsMs = 2000
const sweepEveryMs = 100

/**
 * From here on every new call is refused. Calls under way have until `graceMs` are over, or until `stoppingOf(server).hurry()`; then
 * those that are left are told so in their dialect. Takes `graceMs` and `lastWordsMs` at most; nothing where nothing is under way.
 */
export async function stopServing(server: Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  const stopping = stoppingOf(server)
  const grace = Promise.withResolvers<void>()
  const timer = setTimeout(grace.resolve, graceMs)
  stopping.begin()
  await within(Math.min(mostNoticeMs, graceMs / 4), [stopping.quiet, stopping.hurried, grace.promise])
  const closed = closeWhenIdle(server, sockets)
  await Promise.race([closed, stopping.hurried, grace.promise])
  clearTimeout(timer)
  stopping.endCalls()
  await within(lastWordsMs, [closed])
  server.closeAllConnections()
  await closed
}

/** Idle connections go at once, those that finish right after. */
async function closeWhenIdle(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeIdleConnections()
  const sweep = setInterval(() => {
    server.closeIdleConnections()
    // Browsers connect ahead of need. To Node a connection that has never carried a request is not idle.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }, sweepEveryMs)
  await closed
  clearInterval(sweep)
}

async function within(mostMs: number, others: readonly Promise<void>[]): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, mostMs)
  await Promise.race([...others, late.promise])
  clearTimeout(timer)
}
