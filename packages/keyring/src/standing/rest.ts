/** The life of one thing that can rest: a key, a key's model, or a target. */
import type { Millis } from '../clock.ts'
import { isFault } from '../verdict.ts'
import type { KeyState, Resting } from './key-state.ts'

const ready: KeyState = Object.freeze({ is: 'ready' })

/** After a rest for faults the load comes back in steps (R9). */
const ramp: readonly { readonly untilMs: Millis; readonly share: number }[] = [
  { untilMs: 10_000, share: 0.1 },
  { untilMs: 30_000, share: 0.5 },
]

export class Rest {
  #state: KeyState = ready
  /** What a probe falls back to when it tells nothing. */
  #asleep: Resting | undefined
  /** Read for each key at each choice, so it is kept and not derived. */
  #openAt: Millis = 0
  #returnedAt: Millis | undefined
  #probes = 0

  get state(): KeyState {
    return this.#state
  }

  /** The rest that is on or being probed, if any. */
  get asleep(): Resting | undefined {
    return this.#asleep
  }

  get isForFault(): boolean {
    return this.#asleep !== undefined && isFault(this.#asleep.why)
  }

  /** From when a call may go, `clock.now()` based: 0 when ready, Infinity while a probe is under way. */
  get openAt(): Millis {
    return this.#openAt
  }

  /** The part of calls, 0 to 1, that may go while load comes back. */
  share(now: Millis): number {
    if (this.#returnedAt === undefined) return 1
    const sinceMs = now - this.#returnedAt
    const step = ramp.find(({ untilMs }) => sinceMs < untilMs)
    if (step !== undefined) return step.share
    this.#returnedAt = undefined
    return 1
  }

  begin(rest: Resting): void {
    this.#state = rest
    this.#asleep = rest
    this.#openAt = rest.until
    this.#returnedAt = undefined
  }

  /** Makes a call the probe if a rest is over; gives the probe's number, or 0 for a call that is none. */
  probe(now: Millis): number {
    if ((this.#state.is !== 'resting' && this.#state.is !== 'dead') || this.#state.until > now) return 0
    this.#state = { is: 'probing', since: now, failures: this.#state.failures }
    this.#openAt = Infinity
    this.#probes += 1
    return this.#probes
  }

  /** Whether the probe under way is this one, and not a later one. */
  isProbedBy(probe: number): boolean {
    return this.#state.is === 'probing' && probe === this.#probes
  }

  /** The probe told nothing: the next call may be one. */
  withdraw(probe: number): void {
    if (!this.isProbedBy(probe) || this.#asleep === undefined) return
    this.#state = this.#asleep
    this.#openAt = this.#asleep.until
  }

  /** True if something did rest until now. */
  end(now: Millis): boolean {
    if (this.#asleep === undefined) return false
    if (isFault(this.#asleep.why)) this.#returnedAt = now
    this.#state = ready
    this.#openAt = 0
    this.#asleep = undefined
    return true
  }
}
