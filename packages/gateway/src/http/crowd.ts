/**
 * Keeps the number of connections below what the process has descriptors for. Where there are too many, the one goes that has been
 * quiet for longest: connections on which nobody asks anything may not keep out a health check or a call.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export class Crowd {
  readonly #most: number
  readonly #all = new Set<Socket>()
  /** Nobody is asking on them; those that have been quiet for longest come first. */
  readonly #quiet = new Set<Socket>()
  /** How many calls each carries; more than one where they were sent without waiting. */
  readonly #calls = new Map<Socket, number>()

  constructor(server: Server, most: number) {
    this.#most = most
    server.on('connection', (socket: Socket) => this.#enter(socket))
  }

  /** A call has come on it. */
  hears(socket: Socket): void {
    this.#quiet.delete(socket)
    this.#calls.set(socket, (this.#calls.get(socket) ?? 0) + 1)
  }

  /** It has been answered. */
  heard(socket: Socket): void {
    const left = (this.#calls.get(socket) ?? 1) - 1
    if (left > 0) this.#calls.set(socket, left)
    else this.#calls.delete(socket)
    if (left === 0 && this.#all.has(socket)) this.#quiet.add(socket)
  }

  #enter(socket: Socket): void {
    this.#all.add(socket)
    this.#quiet.add(socket)
    socket.once('close', () => this.#leave(socket))
    if (this.#all.size <= this.#most) return
    // The newcomer itself, where all others are in use.
    const [first = socket] = this.#quiet
    first.destroy()
    this.#leave(first)
  }

  #leave(socket: Socket): void {
    this.#all.delete(socket)
    this.#quiet.delete(socket)
  }
}
