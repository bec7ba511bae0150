/** One call's hold on a key, from the attempt's begin to the end of its answer; applies the remedy when it fails. */
import type { Millis } from '../clock.ts'
import { faultRest, faultsBeforeRest, refusalRest } from '../resilience/cooldown.ts'
import { isFault, remedies } from '../verdict.ts'
import type { Failure } from '../verdict.ts'
import type { KeyModelStanding, KeyStanding } from './key-standing.ts'
import type { Resting } from './key-state.ts'
import type { Rest } from './rest.ts'
import type { TargetStanding } from './target-standing.ts'

export class Lease<C> {
  readonly target: TargetStanding<C>
  readonly cell: KeyModelStanding<C>
  readonly startedAt: Millis
  /** The probes that this call is; 0 where it is none. */
  readonly #keyProbe: number
  readonly #cellProbe: number
  readonly #targetProbe: number
  readonly #despiteRest: boolean
  #isOver = false

  /** `despiteRest`: the rests that are on are ignored, and a success ends them (R8). */
  constructor(target: TargetStanding<C>, cell: KeyModelStanding<C>, session: string | undefined, despiteRest: boolean) {
    const now = target.home.around.clock.now()
    this.target = target
    this.cell = cell
    this.startedAt = now
    this.#keyProbe = cell.owner.rest.probe(now)
    this.#cellProbe = cell.rest.probe(now)
    this.#targetProbe = target.breaker.rest.probe(now)
    this.#despiteRest = despiteRest
    target.begin(cell, session, now)
  }

  /** The answer has begun: what was tested works. Counts of failures stay until the answer is whole. */
  commit(): void {
    if (!this.#despiteRest && !this.#isProbe) return
    const { cell, target } = this
    const { pool, around } = target.home
    const { id: keyId, label: keyLabel } = cell.owner.key
    const key = { is: 'key.returned', pool: pool.name, keyId, keyLabel } as const
    if (this.#ends(cell.owner.rest, this.#keyProbe)) around.announce?.(key)
    if (this.#ends(cell.rest, this.#cellProbe)) around.announce?.({ ...key, model: target.model })
    if (this.#ends(target.breaker.rest, this.#targetProbe)) {
      around.announce?.({ is: 'target.returned', pool: pool.name, model: target.model })
    }
    target.home.stateChanged()
  }

  /** The attempt failed, or a committed answer broke; the slot is free afterwards. */
  fail(failure: Failure): void {
    if (this.#isOver) return
    const { cell, target } = this
    const remedy = remedies[failure.reason]
    if (remedy.counts !== 'not') cell.owner.failures += 1
    if (isFault(failure.reason)) this.#countFault(failure)
    if (remedy.rest === 'key-and-model') this.#restRefused(cell, this.#cellProbe, failure, target.model)
    if (remedy.rest === 'key') this.#restRefused(cell.owner, this.#keyProbe, failure, undefined)
    this.#end()
  }

  /** A committed answer ended, whole or broken; only the first call counts. */
  finish(failure: Failure | undefined, tokens: number): void {
    if (this.#isOver) return
    this.cell.owner.tokens += tokens
    this.cell.tokens += tokens
    if (failure !== undefined) this.fail(failure)
    else this.#succeed()
  }

  /** Gives the slot back without a word on the key: something else broke. */
  release(): void {
    if (!this.#isOver) this.#end()
  }

  #succeed(): void {
    const { cell, target } = this
    cell.owner.successes += 1
    target.breaker.succeeded(this.#now())
    if (cell.owner.rest.state.is === 'ready') cell.owner.restsInRow = 0
    if (cell.rest.state.is === 'ready') {
      cell.faultsInRow = 0
      cell.restsInRow = 0
    }
    this.#end()
  }

  #end(): void {
    this.#isOver = true
    const { cell, target } = this
    // Without a limit nobody waits for a slot, and those who wait for a rest need not look.
    const wasFull = target.isFull(cell)
    target.end(cell)
    if (this.#isProbe) {
      // Where the call told nothing about what it tested, the next call may test it.
      cell.owner.rest.withdraw(this.#keyProbe)
      cell.rest.withdraw(this.#cellProbe)
      target.breaker.rest.withdraw(this.#targetProbe)
      target.home.stateChanged()
    }
    if (wasFull) target.home.slotFreed()
  }

  #countFault(failure: Failure): void {
    const { cell, target } = this
    const { chance } = target.home.around
    const now = this.#now()
    const targetRest = target.breaker.failed(failure, target.breaker.rest.isProbedBy(this.#targetProbe), now, chance)
    if (targetRest !== undefined) this.#announceTarget(targetRest, now)
    const probed = cell.rest.isProbedBy(this.#cellProbe)
    // Faults of calls that began before the rest did are no news.
    if (!probed && cell.rest.state.is !== 'ready') return
    cell.faultsInRow += 1
    if (cell.faultsInRow < faultsBeforeRest) return
    const { forMs, source } = faultRest(failure, cell.faultsInRow, chance)
    cell.rest.begin({ is: 'resting', until: now + forMs, why: failure.reason, source, failures: cell.faultsInRow })
    this.#announceKey(cell.rest.asleep, now, target.model)
  }

  #restRefused(what: KeyStanding<C> | KeyModelStanding<C>, probe: number, failure: Failure, model: string | undefined): void {
    const now = this.#now()
    const probed = what.rest.isProbedBy(probe)
    const wasResting = !probed && what.rest.state.is !== 'ready'
    const { forMs, source } = refusalRest(
      failure,
      wasResting ? Math.max(what.restsInRow - 1, 0) : what.restsInRow,
      this.target.home.around.chance,
    )
    const until = now + forMs
    if (wasResting) {
      // Several calls were refused at once: one rest, as long as the longest of them.
      if (what.rest.state.is === 'probing' || until <= what.rest.openAt) return
      if (source === 'growing' && !what.rest.isForFault) return
    } else {
      what.restsInRow += 1
    }
    what.rest.begin({ is: 'resting', until, why: failure.reason, source, failures: Math.max(what.restsInRow, 1) })
    if (!wasResting) this.#announceKey(what.rest.asleep, now, model)
  }

  get #isProbe(): boolean {
    return this.#keyProbe + this.#cellProbe + this.#targetProbe > 0
  }

  /** Ends the rest if this call was its test, or went in spite of it. */
  #ends(rest: Rest, probe: number): boolean {
    const isItsTest = rest.isProbedBy(probe) || (this.#despiteRest && rest.isForFault)
    return isItsTest && rest.end(this.#now())
  }

  #announceKey(rest: Resting | undefined, now: Millis, model: string | undefined): void {
    const { pool, around } = this.target.home
    this.target.home.stateChanged()
    if (rest === undefined || around.announce === undefined) return
    const { id: keyId, label: keyLabel } = this.cell.owner.key
    const event = { is: 'key.rested', pool: pool.name, keyId, keyLabel, why: rest.why, forMs: rest.until - now } as const
    around.announce(model === undefined ? event : { ...event, model })
  }

  #announceTarget(rest: Resting, now: Millis): void {
    const { model, home } = this.target
    home.stateChanged()
    home.around.announce?.({ is: 'target.rested', pool: home.pool.name, model, why: rest.why, forMs: rest.until - now })
  }

  #now(): Millis {
    return this.target.home.around.clock.now()
  }
}
