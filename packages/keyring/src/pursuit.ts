/** The life of one pursuit: whose turn is next, how a turn goes, and what follows from it. */
import type { Millis } from './clock.ts'
import { lastWord, refusedTargets } from './last-word.ts'
import type { PursueTools } from './limits.ts'
import type { Plan, Target } from './pool.ts'
import type { Attempt, AttemptAsk, Ending, Outcome, Pursued } from './pursued.ts'
import { backoffMs } from './resilience/backoff.ts'
import { hintMs } from './resilience/cooldown.ts'
import { Deadline } from './resilience/deadline.ts'
import { RetryHold } from './resilience/retry-hold.ts'
import type { KeyModelStanding } from './standing/key-standing.ts'
import { Lease } from './standing/lease.ts'
import { Trial } from './trial.ts'
import { isFault, remedies } from './verdict.ts'
import type { Failure } from './verdict.ts'
import { choosePanicTurn, inRampOrder, planWait } from './wait-plan.ts'
import { Waiting } from './waiting.ts'

/** One attempt about to be made: its slot is held. */
export interface Turn<T extends Target, C> {
  readonly trial: Trial<T, C>
  readonly lease: Lease<C>
}

interface Repeat<T extends Target, C> {
  readonly trial: Trial<T, C>
  readonly cell: KeyModelStanding<C>
  readonly pauseMs: Millis
}

/** A pause longer than any pursuit; keeps a nonsensical hint out of the arithmetic (F54). */
const longestPauseMs: Millis = 3_600_000

export class Pursuit<T extends Target, C, A> {
  readonly #attempt: (ask: AttemptAsk<T, C>) => Promise<Outcome<A>>
  readonly #tools: PursueTools<T, C>
  readonly #deadline: Deadline
  readonly #trials: readonly Trial<T, C>[]
  readonly #attempts: Attempt[] = []
  readonly #retry = new RetryHold()
  #waitedMs: Millis = 0
  #repeat: Repeat<T, C> | undefined
  #final: Failure | undefined
  #hasPanicked = false

  constructor(plan: Plan<T>, attempt: (ask: AttemptAsk<T, C>) => Promise<Outcome<A>>, tools: PursueTools<T, C>) {
    const { clock, keyring, limits } = tools
    this.#attempt = attempt
    this.#tools = tools
    this.#deadline = new Deadline(clock, plan.deadlineMs, tools.signal)
    const trials = plan.targets.map((target) => new Trial(target, keyring.standingOf(target), plan, limits))
    this.#trials = trials.length === 1 ? trials : inRampOrder(trials, clock.now(), tools.chance)
  }

  /** The next turn that can be had without waiting. */
  takeTurn(): Turn<T, C> | undefined {
    if (this.#deadline.stopped !== undefined || this.#final !== undefined || this.#repeat !== undefined) return undefined
    const now = this.#tools.clock.now()
    for (const trial of this.#trials) {
      const cell = trial.isClosed ? undefined : trial.standing?.choose(trial, now)
      if (cell === undefined) continue
      const turn = this.#holdRetry(trial) ? this.#begin(trial, cell, false) : undefined
      if (turn !== undefined) return turn
    }
    return undefined
  }

  /** A turn that has to be waited for; undefined when there is no use in waiting. */
  async waitForTurn(): Promise<Turn<T, C> | undefined> {
    const repeat = this.#repeat
    if (repeat !== undefined) return this.#repeatTurn(repeat)
    if (this.#deadline.stopped !== undefined || this.#final !== undefined || this.#hasPanicked) return undefined
    for (const trial of this.#trials) trial.beginLap()
    return this.#panic('all-faults') ?? (await this.#queue()) ?? this.#panic('last-resort')
  }

  /** Makes the attempt; undefined when the pursuit goes on. */
  async play({ trial, lease }: Turn<T, C>): Promise<Pursued<T, C, A> | undefined> {
    const { key } = lease.cell.owner
    const ask: AttemptAsk<T, C> = { target: trial.target, key, number: this.#attempts.length + 1, signal: this.#deadline.signal }
    trial.attempts += 1
    try {
      this.#tools.onAttempt?.(ask)
      const outcome = await this.#deadline.race(this.#attempt(ask))
      if (outcome?.kind === 'committed') return this.#answered(outcome.answer, trial, lease)
      const failure = outcome === undefined ? cutOff(this.#deadline.stopped) : outcome.failure
      const told = this.#note(lease, failure)
      lease.fail(failure)
      this.#retry.giveBack()
      this.#judge(trial, lease.cell, failure)
      this.#tools.onFailure?.(told, ask)
      return undefined
    } catch (bug) {
      lease.release()
      this.#close()
      throw bug
    }
  }

  giveUp(): Pursued<T, C, A> {
    this.#close()
    const now = this.#tools.clock.now()
    const ended = { stopped: this.#deadline.stopped, attempts: this.#attempts, trials: this.#trials, now }
    const failure = ended.stopped === undefined ? this.#final : undefined
    return {
      kind: 'failed',
      failure: failure ?? lastWord(ended),
      attempts: this.#attempts,
      refused: refusedTargets(this.#trials, now),
    }
  }

  #answered(answer: A, { target }: Trial<T, C>, lease: Lease<C>): Pursued<T, C, A> {
    const deadline = this.#deadline
    lease.commit()
    deadline.commit()
    this.#retry.giveBack()
    this.#note(lease, undefined)
    return {
      kind: 'answered',
      answer,
      target,
      key: lease.cell.owner.key,
      attempts: this.#attempts,
      finish(ending: Ending) {
        deadline.close()
        lease.finish(ending.failure, ending.tokens ?? 0)
      },
    }
  }

  #begin(trial: Trial<T, C>, cell: KeyModelStanding<C>, despiteRest: boolean): Turn<T, C> | undefined {
    if (trial.standing === undefined) return undefined
    return { trial, lease: new Lease(trial.standing, cell, trial.session, despiteRest) }
  }

  /** What comes next, as the remedy says. */
  #judge(trial: Trial<T, C>, cell: KeyModelStanding<C>, failure: Failure): void {
    const { next } = remedies[failure.reason]
    switch (next) {
      case 'give-up':
        this.#final = failure
        return
      case 'other-target':
        trial.close()
        return
      case 'other-key':
      case 'same-key': {
        const pauseMs = this.#pauseAfter(trial, failure)
        trial.note(cell, failure, this.#tools.clock.now(), pauseMs)
        if (next === 'same-key') this.#planRepeat(trial, cell, pauseMs)
      }
    }
  }

  /** A fault wants a pause before the same key is asked again; a refusal has its rest. */
  #pauseAfter(trial: Trial<T, C>, failure: Failure): Millis {
    if (!isFault(failure.reason)) return 0
    const { limits, chance } = this.#tools
    return Math.max(backoffMs(trial.faults + 1, limits, chance), hintMs(failure, longestPauseMs) ?? 0)
  }

  #planRepeat(trial: Trial<T, C>, cell: KeyModelStanding<C>, pauseMs: Millis): void {
    if (trial.isClosed || trial.isSpent(cell)) return
    if (pauseMs > this.#tools.limits.backoffCapMs || pauseMs >= this.#deadline.leftMs) return
    if (!isOpen(trial, cell, this.#tools.clock.now() + pauseMs)) return
    if (this.#holdRetry(trial)) this.#repeat = { trial, cell, pauseMs }
  }

  async #repeatTurn({ trial, cell, pauseMs }: Repeat<T, C>): Promise<Turn<T, C> | undefined> {
    await this.#deadline.sleep(pauseMs)
    this.#repeat = undefined
    if (this.#deadline.stopped === undefined && isOpen(trial, cell, this.#tools.clock.now()) && trial.standing?.isFull(cell) === false) {
      return this.#begin(trial, cell, false)
    }
    this.#retry.giveBack()
    return this.takeTurn() ?? this.waitForTurn()
  }

  /** Room in the retry budget for another attempt at this target; without it, the target is out (R2). */
  #holdRetry(trial: Trial<T, C>): boolean {
    if (trial.faults === 0) return true
    if (trial.standing !== undefined && this.#retry.hold(trial.standing.home)) return true
    trial.close()
    return false
  }

  #panic(when: 'all-faults' | 'last-resort'): Turn<T, C> | undefined {
    if (this.#hasPanicked || this.#deadline.stopped !== undefined) return undefined
    const found = choosePanicTurn(this.#trials, this.#tools.clock.now(), when)
    if (found === undefined) return undefined
    this.#hasPanicked = true
    return this.#begin(found.trial, found.cell, true)
  }

  async #queue(): Promise<Turn<T, C> | undefined> {
    const { clock, limits } = this.#tools
    const startedAt = clock.now()
    const acquireEndsAt = startedAt + limits.acquireTimeoutMs - this.#waitedMs
    const bounds = { startedAt, acquireEndsAt, deadlineAt: this.#deadline.endsAt, maxWaitMs: limits.maxWaitMs }
    const waiting = new Waiting<Turn<T, C>>({
      clock,
      rooms: new Set(this.#trials.flatMap(({ standing }) => standing?.home ?? [])),
      take: () => this.takeTurn(),
      nextLook: (now) => planWait(this.#trials, now, bounds),
    })
    this.#deadline.onStop(() => waiting.stop())
    const turn = await waiting.taken
    this.#deadline.onStop(undefined)
    this.#waitedMs += clock.now() - startedAt
    if (this.#deadline.stopped === undefined) return turn
    // It stopped between taking the slot and going on: the slot goes to the next one who waits.
    turn?.lease.release()
    return undefined
  }

  #note(lease: Lease<C>, failure: Failure | undefined): Attempt {
    const { target, cell, startedAt } = lease
    const { id: keyId, label: keyLabel } = cell.owner.key
    const told = {
      pool: target.home.pool.name,
      model: target.model,
      keyId,
      keyLabel,
      startedAt,
      tookMs: this.#tools.clock.now() - startedAt,
    }
    const attempt: Attempt = failure === undefined ? told : { ...told, failure }
    this.#attempts.push(attempt)
    return attempt
  }

  #close(): void {
    this.#retry.giveBack()
    this.#deadline.close()
  }
}

function isOpen<T extends Target, C>({ standing }: Trial<T, C>, cell: KeyModelStanding<C>, at: Millis): boolean {
  return Math.max(cell.owner.rest.openAt, cell.rest.openAt, standing?.breaker.rest.openAt ?? Infinity) <= at
}

function cutOff(stopped: 'cancelled' | 'deadline-passed' | undefined): Failure {
  if (stopped === 'deadline-passed') return { reason: stopped, message: 'The deadline passed during the attempt.', sent: 'maybe' }
  return { reason: 'cancelled', message: 'The caller left during the attempt.', sent: 'maybe' }
}
