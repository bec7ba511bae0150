/** The way to one client: writes that wait for the socket to drain, and waits that end when the client leaves. */
import type { Socket } from 'node:net'
import type { SimulatorClock } from './clock.ts'

/** Whoever was replying can stop: nobody listens any more. */
export class ClientLeft extends Error {}

export class Line {
  readonly #socket: Socket
  readonly #clock: SimulatorClock
  #left = false
  #interrupt: (() => void) | undefined

  constructor(socket: Socket, clock: SimulatorClock) {
    this.#socket = socket
    this.#clock = clock
  }

  /** Tells whoever writes or waits that the client is gone. */
  leave(): void {
    this.#left = true
    this.#interrupt?.()
    this.#interrupt = undefined
  }

  /** A promise only where the socket's buffer is full: resolves when it has drained. */
  write(bytes: string | Uint8Array): Promise<void> | undefined {
    if (this.#left) throw new ClientLeft()
    if (this.#socket.write(bytes)) return undefined
    return this.#pause((resume) => {
      this.#socket.once('drain', resume)
      return () => this.#socket.off('drain', resume)
    })
  }

  /** Waits on the simulator's clock, in milliseconds; at once where there is nothing to wait for. */
  wait(ms: number): Promise<void> | undefined {
    if (ms <= 0) return undefined
    return this.#pause((resume) => {
      const timer = this.#clock.after(ms, resume)
      return () => timer.cancel()
    })
  }

  /** Waits until the promise settles. */
  hold(until: Promise<unknown>): Promise<void> {
    return this.#pause((resume) => {
      until.then(resume, resume)
      return () => undefined
    })
  }

  /** Waits until the client leaves. */
  stall(): Promise<void> {
    return this.#pause(() => () => undefined)
  }

  /** `start` is given what ends the pause and returns what calls it off. */
  #pause(start: (resume: () => void) => () => void): Promise<void> {
    if (this.#left) throw new ClientLeft()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const stop = start(resolve)
    this.#interrupt = () => {
      stop()
      reject(new ClientLeft())
    }
    return promise
  }
}
