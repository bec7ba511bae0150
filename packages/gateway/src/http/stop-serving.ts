/** Ends a server without breaking what it is doing. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** The open connections of a server, kept up to date. */
export function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

const sweepEveryMs = 100

/** Lets calls under way finish, then cuts what is left. Idle connections go at once, those that finish right after. */
export async function stopServing(server: Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeIdleConnections()
  const sweep = setInterval(() => {
    server.closeIdleConnections()
    // Browsers connect ahead of need. To Node a connection that has never carried a request is not idle.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }, sweepEveryMs)
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}
