/** F04: a port on which nobody listens. */
import { createServer } from 'node:net'

/** A port of 127.0.0.1 that refuses connections; it was free a moment ago. */
export function closedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}
