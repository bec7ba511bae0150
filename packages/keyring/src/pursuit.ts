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
import { firstToCommit, Hedging, late, orLate } from './hedging.ts'
import type { Ended, Run, Turn } from './hedging.ts'
import type { KeyModelStanding } from './standing/key-standing.ts'
import { Lease } from './standing/lease.ts'
import { Trial } from './trial.ts'
import { isFault, remedies } from './verdict.ts'
import type { Failure } from './verdict.ts'
import { choosePanicTurn, inRampOrder, planWait } from './wait-plan.ts'
import { Waiting } from './waiting.ts'

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
  readonly #hedging: Hedging | undefined
  #waitedMs: Millis = 0
  #repeat: Repeat<T, C> | undefined
  #final: Failure | undefined
  #hasPanicked = false
  #begun = 0
  #retryWeight = 1

  constructor(plan: Plan<T>, attempt: (ask: AttemptAsk<T, C>) => Promise<Outcome<A>>, tools: PursueTools<T, C>) {
    const { clock, keyring, limits } = tools
    this.#attempt = attempt
    this.#tools = tools
    this.#deadline = new Deadline(clock, plan.deadlineMs, tools.signal)
    const bounds = { limits, begunAt: clock.now() }
    const trials = plan.targets.map((target) => new Trial(target, keyring.standingOf(target), plan, bounds))
    if (plan.mayHedge === true && limits.hedge !== undefined) this.#hedging = new Hedging(limits.hedge, keyring.hedges)
    this.#trials = trials.length === 1 ? trials : inRampOrder(trials, clock.now(), tools.chance)
  }

  /** The next turn that can be had without waiting. */
  takeTurn(): Turn<T, C> | undefined {
    if (this.#isStopped || this.#repeat !== undefined) return undefined
    const now = this.#tools.clock.now()
    for (const trial of this.#trials) {
      if (trial.isClosed) continue
      const cell = trial.standing?.choose(trial, now)
      // Nobody else is asked while the key of the session is about to come back.
      if (cell === undefined && trial.isWaiting(now)) return undefined
      const turn = cell === undefined ? undefined : this.#turnWith(trial, cell)
      if (turn !== undefined) return turn
    }
    return undefined
  }

  /** A turn that has to be waited for; undefined when there is no use in waiting. */
  async waitForTurn(): Promise<Turn<T, C> | undefined> {
    const repeat = this.#repeat
    if (repeat !== undefined) return this.#repeatTurn(repeat)
    if (this.#isStopped || this.#hasPanicked) return undefined
    for (const trial of this.#trials) trial.beginLap()
    return this.#panic('all-faults') ?? (await this.#queue()) ?? this.#panic('last-resort')
  }

  /** Makes the attempt, and a second one beside it where that is allowed; undefined when the pursuit goes on. */
  async play(turn: Turn<T, C>): Promise<Pursued<T, C, A> | undefined> {
    const runs: Run<T, C, A>[] = []
    try {
      const afterMs = this.#hedging?.afterMs(turn.trial.standing)
      const ended = await this.#deadline.race(afterMs === undefined ? this.#runAlone(turn, runs) : this.#runTwice(turn, runs, afterMs))
      return this.#conclude(runs, ended)
    } catch (bug) {
      for (const { turn: begun } of runs) begun.lease.release()
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

  #begin(turn: Turn<T, C>, signal: AbortSignal, isHedge: boolean): Run<T, C, A> {
    const { trial, lease } = turn
    const ask: AttemptAsk<T, C> = { target: trial.target, key: lease.cell.owner.key, number: ++this.#begun, signal }
    if (trial.attempts === 0) noteCall(trial)
    trial.attempts += 1
    return { turn, ask, isHedge, outcome: this.#outcomeOf(ask) }
  }

  /** What throws at once is an exception of the promise, so that the slot is given back. */
  async #outcomeOf(ask: AttemptAsk<T, C>): Promise<Outcome<A>> {
    this.#tools.onAttempt?.(ask)
    return await this.#attempt(ask)
  }

  async #runAlone(turn: Turn<T, C>, runs: Run<T, C, A>[]): Promise<readonly Ended<T, C, A>[]> {
    const run = this.#begin(turn, this.#deadline.signal, false)
    runs.push(run)
    return [{ run, outcome: await run.outcome }]
  }

  /** The outcomes that count, the deciding one last; the attempt that lost is cut off. */
  async #runTwice(turn: Turn<T, C>, runs: Run<T, C, A>[], afterMs: Millis): Promise<readonly Ended<T, C, A>[]> {
    const losing = new AbortController()
    const signal = AbortSignal.any([this.#deadline.signal, losing.signal])
    const first = this.#begin(turn, signal, false)
    runs.push(first)
    const outcome = await orLate(first.outcome, this.#tools.clock, afterMs)
    if (outcome !== late) return [{ run: first, outcome }]
    const beside = this.#deadline.stopped === undefined ? this.#takeHedge(turn) : undefined
    if (beside === undefined) return [{ run: first, outcome: await first.outcome }]
    const second = this.#begin(beside, signal, true)
    runs.push(second)
    const ended = await firstToCommit([first, second])
    losing.abort()
    return ended
  }

  #takeHedge({ trial, lease }: Turn<T, C>): Turn<T, C> | undefined {
    if (this.#hedging?.spend() !== true) return undefined
    trial.hold(lease.cell)
    const beside = this.takeTurn()
    trial.hold(undefined)
    return beside
  }

  /** What follows from the attempts of a turn. `ended` is undefined if they were cut off. */
  #conclude(runs: readonly Run<T, C, A>[], ended: readonly Ended<T, C, A>[] | undefined): Pursued<T, C, A> | undefined {
    const last = ended?.at(-1)
    const answer = last?.outcome.kind === 'committed' ? last.outcome : undefined
    for (const run of runs) this.#conclusionOf(run, ended?.find((one) => one.run === run)?.outcome, answer !== undefined)
    return last === undefined || answer === undefined ? undefined : this.#answered(last.run, answer)
  }

  #conclusionOf(run: Run<T, C, A>, outcome: Outcome<A> | undefined, isAnswered: boolean): void {
    if (outcome?.kind === 'failed') this.#failed(run, outcome.failure, outcome.readings, isAnswered)
    if (outcome !== undefined) return
    if (isAnswered) this.#lost(run)
    else this.#failed(run, cutOff(this.#deadline.stopped), undefined, false)
  }

  #failed(run: Run<T, C, A>, failure: Failure, readings: Outcome<A>['readings'], isAnswered: boolean): void {
    const { trial, lease } = run.turn
    const told = this.#note(run, failure)
    lease.fail(failure, readings)
    this.#retry.giveBack()
    if (!isAnswered && this.#final === undefined) this.#judge(trial, lease.cell, failure)
    this.#tools.onFailure?.(told, run.ask)
  }

  #lost(run: Run<T, C, A>): void {
    const told = this.#note(run, { reason: 'cancelled', message: 'Another attempt of the same call was faster.', sent: 'maybe' })
    run.turn.lease.release()
    this.#tools.onFailure?.(told, run.ask)
  }

  #answered(run: Run<T, C, A>, { answer, readings }: Extract<Outcome<A>, { kind: 'committed' }>): Pursued<T, C, A> {
    const deadline = this.#deadline
    const { trial, lease } = run.turn
    const { target } = trial
    lease.commit(readings)
    deadline.commit()
    this.#retry.giveBack()
    this.#note(run, undefined)
    return {
      kind: 'answered',
      answer,
      target,
      key: lease.cell.owner.key,
      attempts: this.#attempts,
      finish(ending: Ending) {
        deadline.close()
        lease.finish(ending.failure, ending.tokens)
      },
    }
  }

  get #isStopped(): boolean {
    return this.#deadline.stopped !== undefined || this.#final !== undefined
  }

  #turnWith(trial: Trial<T, C>, cell: KeyModelStanding<C>): Turn<T, C> | undefined {
    return this.#holdRetry(trial) ? this.#lease(trial, cell, false) : undefined
  }

  #lease(trial: Trial<T, C>, cell: KeyModelStanding<C>, despiteRest: boolean): Turn<T, C> | undefined {
    return trial.standing === undefined ? undefined : { trial, lease: new Lease(trial.standing, cell, trial, despiteRest) }
  }

  /** What comes next, as the remedy says. */
  #judge(trial: Trial<T, C>, cell: KeyModelStanding<C>, failure: Failure): void {
    const { next } = remedies[failure.reason]
    // Who waited in vain has perhaps been paid for (F10).
    this.#retryWeight = failure.reason === 'timed-out' ? 2 : 1
    if (this.#tools.limits.repeatsUnanswered === false && isUnanswered(failure)) {
      this.#final = failure
      return
    }
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
      return this.#lease(trial, cell, false)
    }
    this.#retry.giveBack()
    return this.takeTurn() ?? this.waitForTurn()
  }

  /** Room in the retry budget for another attempt at this target; without it, the target is out (R2). */
  #holdRetry(trial: Trial<T, C>): boolean {
    if (trial.faults === 0) return true
    if (trial.standing !== undefined && this.#retry.hold(trial.standing.home, this.#retryWeight)) return true
    trial.close()
    return false
  }

  #panic(when: 'all-faults' | 'last-resort'): Turn<T, C> | undefined {
    if (this.#hasPanicked || this.#deadline.stopped !== undefined) return undefined
    const found = choosePanicTurn(this.#trials, this.#tools.clock.now(), when)
    if (found === undefined) return undefined
    this.#hasPanicked = true
    return this.#lease(found.trial, found.cell, true)
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

  #note({ turn: { lease }, ask, isHedge }: Run<T, C, A>, failure: Failure | undefined): Attempt {
    const { target, cell, startedAt } = lease
    const { id: keyId, label: keyLabel } = cell.owner.key
    const attempt: Attempt = {
      number: ask.number,
      pool: target.home.pool.name,
      model: target.model,
      keyId,
      keyLabel,
      startedAt,
      tookMs: this.#tools.clock.now() - startedAt,
      ...(failure !== undefined && { failure }),
      ...(isHedge && { hedge: true }),
    }
    this.#attempts.push(attempt)
    return attempt
  }

  #close(): void {
    this.#retry.giveBack()
    this.#deadline.close()
  }
}

function isOpen<T extends Target, C>({ standing }: Trial<T, C>, cell: KeyModelStanding<C>, at: Millis): boolean {
  return Math.max(cell.owner.rest.openAt, cell.allowance.rest.openAt, standing?.breaker.rest.openAt ?? Infinity) <= at
}

/** Calls earn what retries spend. */
function noteCall<T extends Target, C>({ standing }: Trial<T, C>): void {
  standing?.home.retries.called()
  standing?.home.around.retries.called()
}

/** The request may have arrived, and nobody knows what became of it. */
function isUnanswered({ reason, status, sent }: Failure): boolean {
  return isFault(reason) && status === undefined && sent !== 'no'
}

function cutOff(stopped: 'cancelled' | 'deadline-passed' | undefined): Failure {
  if (stopped === 'deadline-passed') return { reason: stopped, message: 'The deadline passed during the attempt.', sent: 'maybe' }
  return { reason: 'cancelled', message: 'The caller left during the attempt.', sent: 'maybe' }
}
