/** What the benchmark's own child processes tell their parent. */
import type { Server } from 'node:net'

/** Prints the port that was taken, as the first line; the parent waits for it. */
export function listening(server: Server): void {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`)
  process.on('SIGTERM', () => process.exit(0))
  // The pipe closes when the parent dies, however it dies.
  process.stdin.resume().on('end', () => process.exit(0))
}
