/** One call's hold on a key, from the attempt's begin to the end of its answer; applies the remedy when it fails. */
import type { Millis } from '../clock.ts'
import type { LimitReading } from '../limit-reading.ts'
import { faultRest, faultsBeforeRest } from '../resilience/cooldown.ts'
import { isFault, remedies } from '../verdict.ts'
import type { Failure } from '../verdict.ts'
import { announceClosing, announceKey, announceTarget, restRefused } from './begin-rest.ts'
import type { KeyModelStanding } from './key-standing.ts'
import type { Rest } from './rest.ts'
import { Spending } from './spending.ts'
import type { KeyAsk, TargetStanding } from './target-standing.ts'

/** What a lease needs to know of its call. */
export type LeaseAsk = Pick<KeyAsk<never>, 'session' | 'roughTokens' | 'isPaced'>

export class Lease<C> {
  readonly target: TargetStanding<C>
  readonly cell: KeyModelStanding<C>
  readonly startedAt: Millis
  /** The probes that this call is; 0 where it is none. */
  readonly #keyProbe: number
  readonly #cellProbe: number
  readonly #targetProbe: number
  readonly #despiteRest: boolean
  readonly #spending: Spending<C>
  readonly #isPaced: boolean
  #isWaiting = true
  #isOver = false

  /** `despiteRest`: the rests that are on are ignored, and a success ends them (R8). */
  constructor(target: TargetStanding<C>, cell: KeyModelStanding<C>, ask: LeaseAsk, despiteRest: boolean) {
    const now = target.home.around.clock.now()
    this.target = target
    this.cell = cell
    this.startedAt = now
    this.#keyProbe = cell.owner.rest.probe(now)
    this.#cellProbe = cell.allowance.rest.probe(now)
    this.#targetProbe = target.breaker.rest.probe(now)
    this.#despiteRest = despiteRest
    this.#isPaced = ask.isPaced
    if (ask.isPaced) target.waiting += 1
    target.begin(cell, ask.session, now)
    this.#spending = new Spending(cell, target.home, now, ask.roughTokens)
    announceClosing(target, cell, now)
  }

  /** The answer has begun: what was tested works. Counts of failures stay until the answer is whole. */
  commit(readings?: readonly LimitReading[]): void {
    const now = this.#now()
    const { target } = this
    this.#spending.answered(readings, now)
    this.#spending.accepted(now)
    if (readings !== undefined) announceClosing(target, this.cell, now)
    if (this.#isPaced) target.pace.sample(now - this.startedAt, target.waiting)
    else target.durations.add(now - this.startedAt)
    this.#stopWaiting()
    if (this.#despiteRest || this.#isProbe) this.#return()
  }

  /** The attempt failed, or a committed answer broke; the slot is free afterwards. */
  fail(failure: Failure, readings?: readonly LimitReading[]): void {
    if (this.#isOver) return
    const { cell, target } = this
    const remedy = remedies[failure.reason]
    if (this.#isWaiting) {
      this.#spending.answered(readings, this.#now())
      this.#spending.failed(failure, this.#now())
      if (this.#isPaced && (failure.reason === 'overloaded' || failure.reason === 'timed-out')) target.pace.dropped()
    }
    if (remedy.counts !== 'not') cell.owner.failures += 1
    if (isFault(failure.reason)) this.#countFault(failure)
    if (remedy.rest === 'key-and-model') restRefused(target, cell, { what: cell.allowance, probe: this.#cellProbe, failure })
    if (remedy.rest === 'key') restRefused(target, cell, { what: cell.owner, probe: this.#keyProbe, failure })
    this.#end()
  }

  /** A committed answer ended, whole or broken; only the first call counts. */
  finish(failure: Failure | undefined, tokens: number | undefined): void {
    if (this.#isOver) return
    this.cell.owner.tokens += tokens ?? 0
    this.cell.tokens += tokens ?? 0
    this.#spending.ended(tokens, this.#now())
    if (failure !== undefined) this.fail(failure)
    else this.#succeed()
  }

  /** Gives the slot back without a word on the key: something else broke, or another attempt was faster. */
  release(): void {
    if (this.#isOver) return
    // What was cut off was slow at least this long; left out, the slow ones would seem not to exist.
    if (this.#isWaiting && !this.#isPaced) this.target.durations.add(this.#now() - this.startedAt)
    this.#end()
  }

  #succeed(): void {
    const { cell, target } = this
    const { owner, allowance } = cell
    owner.successes += 1
    target.breaker.succeeded(this.#now())
    if (owner.rest.state.is === 'ready') owner.restsInRow = 0
    if (allowance.rest.state.is === 'ready') {
      allowance.faultsInRow = 0
      allowance.restsInRow = 0
    }
    this.#end()
  }

  #end(): void {
    this.#isOver = true
    const { cell, target } = this
    this.#spending.ended(undefined, this.#now())
    // Without a limit nobody waits for a slot, and those who wait for a rest need not look.
    const wasFull = target.isFull(cell)
    target.end(cell)
    this.#stopWaiting()
    if (this.#isProbe) {
      // Where the call told nothing about what it tested, the next call may test it.
      cell.owner.rest.withdraw(this.#keyProbe)
      cell.allowance.rest.withdraw(this.#cellProbe)
      target.breaker.rest.withdraw(this.#targetProbe)
      target.home.stateChanged()
    }
    if (wasFull) target.home.slotFreed()
  }

  /** The first byte is there, or will never be: others may wait for theirs, and more of them where the limit has grown. */
  #stopWaiting(): void {
    if (!this.#isWaiting) return
    this.#isWaiting = false
    if (!this.#isPaced) return
    const { target } = this
    target.waiting -= 1
    while (!target.isPaced({ isPaced: true }) && target.home.slotFreed());
  }

  #countFault(failure: Failure): void {
    const { cell, target } = this
    const { allowance } = cell
    const { chance } = target.home.around
    const now = this.#now()
    const targetRest = target.breaker.failed(failure, target.breaker.rest.isProbedBy(this.#targetProbe), now, chance)
    if (targetRest !== undefined) announceTarget(target, targetRest, now)
    const probed = allowance.rest.isProbedBy(this.#cellProbe)
    // Faults of calls that began before the rest did are no news.
    if (!probed && allowance.rest.state.is !== 'ready') return
    allowance.faultsInRow += 1
    if (allowance.faultsInRow < faultsBeforeRest) return
    const { forMs, source } = faultRest(failure, allowance.faultsInRow, chance)
    allowance.rest.begin({ is: 'resting', until: now + forMs, why: failure.reason, source, failures: allowance.faultsInRow })
    announceKey(target, cell, allowance.rest.asleep, target.model)
  }

  #return(): void {
    const { cell, target } = this
    const { pool, around } = target.home
    const { id: keyId, label: keyLabel } = cell.owner.key
    const key = { is: 'key.returned', pool: pool.name, keyId, keyLabel } as const
    if (this.#ends(cell.owner.rest, this.#keyProbe)) around.announce?.(key)
    if (this.#ends(cell.allowance.rest, this.#cellProbe)) around.announce?.({ ...key, model: target.model })
    if (this.#ends(target.breaker.rest, this.#targetProbe)) {
      around.announce?.({ is: 'target.returned', pool: pool.name, model: target.model })
    }
    target.home.stateChanged()
  }

  get #isProbe(): boolean {
    return this.#keyProbe + this.#cellProbe + this.#targetProbe > 0
  }

  /** Ends the rest if this call was its test, or went in spite of it. */
  #ends(rest: Rest, probe: number): boolean {
    const isItsTest = rest.isProbedBy(probe) || (this.#despiteRest && rest.isForFault)
    return isItsTest && rest.end(this.#now())
  }

  #now(): Millis {
    return this.target.home.around.clock.now()
  }
}
