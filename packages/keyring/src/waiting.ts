/** One pursuit that waits for a key: told of changes by the pools, and woken by one timer. */
import type { Clock, Millis, Timer } from './clock.ts'
import type { Waiter } from './standing/pool-standing.ts'

/** Where a waiter is told of changes. */
interface WaitingRoom {
  join(waiter: Waiter): void
  leave(waiter: Waiter): void
}

/** How a wait is made. */
export interface WaitOptions<W> {
  readonly clock: Clock
  readonly rooms: ReadonlySet<WaitingRoom>
  /** Takes what is waited for, if it is there. */
  take(): W | undefined
  /** When to look again, `clock.now()` based; undefined: no more use in waiting. */
  nextLook(now: Millis): Millis | undefined
}

/** A timer may fire a fraction early by our clock; a shorter delay than this could spin. */
const shortestMs = 1

export class Waiting<W> implements Waiter {
  readonly #options: WaitOptions<W>
  readonly #settle: (taken: W | undefined) => void
  #timer: Timer | undefined
  #dueAt: Millis | undefined
  #isOver = false
  /** What was taken, or undefined once there is no more use in waiting. */
  readonly taken: Promise<W | undefined>

  constructor(options: WaitOptions<W>) {
    const { promise, resolve } = Promise.withResolvers<W | undefined>()
    this.#options = options
    this.#settle = resolve
    this.taken = promise
    for (const room of options.rooms) room.join(this)
    this.poke()
  }

  /** True if it took something just now. */
  poke(): boolean {
    if (this.#isOver) return false
    const taken = this.#options.take()
    if (taken !== undefined) {
      this.#end(taken)
      return true
    }
    const now = this.#options.clock.now()
    const nextAt = this.#options.nextLook(now)
    if (nextAt === undefined) this.#end(undefined)
    else this.#lookAt(nextAt, now)
    return false
  }

  stop(): void {
    this.#end(undefined)
  }

  #lookAt(nextAt: Millis, now: Millis): void {
    if (this.#timer !== undefined && nextAt === this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = nextAt
    this.#timer = this.#options.clock.after(Math.max(nextAt - now, shortestMs), () => {
      this.#timer = undefined
      this.poke()
    })
  }

  #end(taken: W | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer?.cancel()
    for (const room of this.#options.rooms) room.leave(this)
    this.#settle(taken)
  }
}
