/** Rests a target, over all of its keys, when the provider itself breaks. */
import type { Chance, Millis } from '../clock.ts'
import type { Resting } from '../standing/key-state.ts'
import { Rest } from '../standing/rest.ts'
import type { Failure } from '../verdict.ts'
import { faultsBeforeRest, targetRest } from './cooldown.ts'
import { FaultWindow } from './fault-window.ts'

export class Breaker {
  readonly rest: Rest = new Rest()
  readonly #window = new FaultWindow()
  #faultsInRow = 0
  #restsInRow = 0

  /** Counts a fault; gives the rest that it began, if it did. */
  failed(failure: Failure, probed: boolean, now: Millis, chance: Chance): Resting | undefined {
    // What was under way when the rest began says nothing new, and must not escalate it.
    if (!probed && this.rest.state.is !== 'ready') return undefined
    this.#faultsInRow += 1
    this.#window.add(now, true)
    if (!probed && this.#faultsInRow < faultsBeforeRest && !this.#window.isBad(now)) return undefined
    const { forMs, source } = targetRest(failure, this.#restsInRow, chance)
    this.#restsInRow += 1
    this.#window.clear()
    const rest: Resting = { is: 'resting', until: now + forMs, why: failure.reason, source, failures: this.#faultsInRow }
    this.rest.begin(rest)
    return rest
  }

  /** An operator knows better. */
  clear(now: Millis): void {
    this.rest.end(now)
    this.#window.clear()
    this.#faultsInRow = 0
    this.#restsInRow = 0
  }

  /** A whole answer arrived. */
  succeeded(now: Millis): void {
    if (this.rest.state.is !== 'ready') return
    this.#window.add(now, false)
    this.#faultsInRow = 0
    this.#restsInRow = 0
  }
}
