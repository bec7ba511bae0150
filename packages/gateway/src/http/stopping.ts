/**
 * How a server comes to its end: first nothing new is begun, then what is under way is ended. One for each server; its edge, the calls
 * on it and whoever stops it look at the same one.
 */
import type { Server, ServerResponse } from 'node:http'

export class Stopping {
  #phase: 'serving' | 'draining' | 'ending' = 'serving'
  /** Answers that are not out yet. */
  readonly #answers = new Set<ServerResponse>()
  readonly #enders = new Set<() => void>()
  readonly #quiet = Promise.withResolvers<void>()
  readonly #hurried = Promise.withResolvers<void>()

  /** No call is begun any more. */
  get hasBegun(): boolean {
    return this.#phase !== 'serving'
  }

  /** Calls under way have had their time. */
  get endsCalls(): boolean {
    return this.#phase === 'ending'
  }

  /** Resolves once it has begun and no answer is owed. */
  get quiet(): Promise<void> {
    return this.#quiet.promise
  }

  /** Resolves when there is no time to wait for calls. */
  get hurried(): Promise<void> {
    return this.#hurried.promise
  }

  /** Counts an answer until its connection or itself has ended. */
  owe(answer: ServerResponse): void {
    // An answer that leaves its connection open would invite the next call on it.
    if (this.hasBegun) answer.shouldKeepAlive = false
    this.#answers.add(answer)
    answer.once('close', () => {
      this.#answers.delete(answer)
      this.#lookWhetherQuiet()
    })
  }

  begin(): void {
    if (this.#phase === 'serving') this.#phase = 'draining'
    for (const answer of this.#answers) answer.shouldKeepAlive = false
    this.#lookWhetherQuiet()
  }

  hurry(): void {
    this.#hurried.resolve()
  }

  /** Tells every call to come to its end; a request that is still on its way here is not waited for. */
  endCalls(): void {
    this.#phase = 'ending'
    for (const { req, headersSent } of this.#answers) if (!req.complete && !headersSent) req.socket.destroy()
    for (const end of this.#enders) end()
    this.#enders.clear()
  }

  /** Calls `end` when a call must end, at once if that is past. To be disposed of when it has ended by itself. */
  onEnd(end: () => void): Disposable {
    if (this.endsCalls) end()
    else this.#enders.add(end)
    return { [Symbol.dispose]: () => void this.#enders.delete(end) }
  }

  #lookWhetherQuiet(): void {
    if (this.hasBegun && this.#answers.size === 0) this.#quiet.resolve()
  }
}

const known = new WeakMap<Server, Stopping>()

export function stoppingOf(server: Server): Stopping {
  const found = known.get(server) ?? new Stopping()
  known.set(server, found)
  return found
}
