/** Ends a pursuit early: its caller left, or its time is over. One timer, one listener, one controller. */
import type { Clock, Millis, Timer } from '../clock.ts'

/** What cut a pursuit short. */
export type StopReason = 'cancelled' | 'deadline-passed'

export class Deadline {
  readonly #clock: Clock
  readonly #caller: AbortSignal
  readonly #controller = new AbortController()
  readonly #timer: Timer | undefined
  #stopped: StopReason | undefined
  #interrupt: (() => void) | undefined
  /** `clock.now()` based. */
  readonly endsAt: Millis

  constructor(clock: Clock, deadlineMs: Millis, caller: AbortSignal) {
    this.#clock = clock
    this.#caller = caller
    this.endsAt = clock.now() + deadlineMs
    if (caller.aborted) {
      this.#stop('cancelled')
      return
    }
    caller.addEventListener('abort', this)
    this.#timer = clock.after(deadlineMs, () => this.#stop('deadline-passed'))
  }

  /** Aborts when the pursuit stops; every attempt gets it. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get stopped(): StopReason | undefined {
    return this.#stopped
  }

  /** Milliseconds that are left. */
  get leftMs(): Millis {
    return this.endsAt - this.#clock.now()
  }

  /** Settles with the promise, or with `undefined` as soon as the pursuit stops, whatever the promise does then. */
  race<V>(promise: Promise<V>): Promise<V | undefined> {
    return new Promise((resolve, reject) => {
      this.#interrupt = () => resolve(undefined)
      // The attempt may have made its caller leave before its promise came back.
      if (this.#stopped !== undefined) resolve(undefined)
      promise.then(resolve, reject)
    })
  }

  /** Has `run` called once if the pursuit stops; `undefined` calls it off. */
  onStop(run: (() => void) | undefined): void {
    this.#interrupt = run
  }

  async sleep(ms: Millis): Promise<void> {
    if (this.#stopped !== undefined) return
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(ms, resolve)
      this.#interrupt = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#interrupt = undefined
  }

  /** The answer has begun: time no longer counts, but the caller can still leave. */
  commit(): void {
    this.#interrupt = undefined
    this.#timer?.cancel()
  }

  close(): void {
    this.commit()
    this.#caller.removeEventListener('abort', this)
  }

  /** The caller's signal calls this. */
  handleEvent(): void {
    this.#stop('cancelled')
  }

  #stop(why: StopReason): void {
    if (this.#stopped !== undefined) return
    this.#stopped = why
    this.#timer?.cancel()
    // First the pursuit, then the attempt: what the attempt says about being aborted is no longer of interest.
    this.#interrupt?.()
    this.#controller.abort()
  }
}
