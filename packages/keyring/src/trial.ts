/** What one pursuit has done with one target of its plan, and what it can still do there. */
import type { Millis } from './clock.ts'
import type { PursueLimits } from './limits.ts'
import type { Plan, Target } from './pool.ts'
import { closingOf, closingReasons } from './standing/closing.ts'
import type { KeyModelStanding } from './standing/key-standing.ts'
import type { KeyAsk, TargetStanding } from './standing/target-standing.ts'
import { isFault, limitReasons } from './verdict.ts'
import type { Failure, FailureReason } from './verdict.ts'

/** What stands between a pursuit and a key. */
export type Obstacle =
  | { readonly is: 'none' }
  /** Tried as often as one pursuit may. */
  | { readonly is: 'spent' }
  | { readonly is: 'busy' }
  | { readonly is: 'disabled' }
  /** The call waits for the key of its session; this one is taken when that wait is over. */
  | { readonly is: 'aside'; readonly until: Millis }
  | { readonly is: 'probing'; readonly isFault: boolean; readonly why: FailureReason }
  | {
      readonly is: 'resting'
      readonly until: Millis
      /** Every rest in the way is for a fault. */
      readonly isFault: boolean
      /** Nothing is in the way but a limit that was learnt, never told, and may be tried once more. */
      readonly isDoubtful: boolean
      readonly why: FailureReason
      readonly ofTarget: boolean
    }

/** What a call wants of a key. */
type Wishes = Pick<Plan<Target>, 'session' | 'prefers' | 'roughTokens' | 'isPaced'>

/** What bounds a trial, and since when. */
export interface TrialBounds {
  readonly limits: PursueLimits
  readonly begunAt: Millis
}

interface Tries {
  count: number
  lap: number
  notBefore: Millis
  why: FailureReason
}

const none: Obstacle = { is: 'none' }
const spent: Obstacle = { is: 'spent' }
const busy: Obstacle = { is: 'busy' }
const disabled: Obstacle = { is: 'disabled' }
const usualBusyWaitMs = 15_000

export class Trial<T extends Target, C> implements KeyAsk<C> {
  readonly target: T
  /** undefined: the pool has no key. */
  readonly standing: TargetStanding<C> | undefined
  readonly session: string | undefined
  /** The id of a key. */
  readonly prefers: string | undefined
  readonly roughTokens: number
  readonly isPaced: boolean
  readonly #limits: PursueLimits
  readonly #begunAt: Millis
  #awaited: { readonly cell: KeyModelStanding<C>; readonly until: Millis } | undefined
  #held: KeyModelStanding<C> | undefined
  #tries: Map<KeyModelStanding<C>, Tries> | undefined
  #lap = 0
  #faults = 0
  #isClosed = false
  attempts = 0

  constructor(target: T, standing: TargetStanding<C> | undefined, wishes: Wishes, bounds: TrialBounds) {
    const { session, prefers, roughTokens = 0, isPaced = false } = wishes
    this.target = target
    this.standing = standing
    this.session = session
    this.prefers = prefers?.pool === target.pool ? prefers.keyId : undefined
    this.roughTokens = roughTokens
    this.isPaced = isPaced
    this.#limits = bounds.limits
    this.#begunAt = bounds.begunAt
  }

  /** Faults so far; any attempt after the first one is a retry. */
  get faults(): number {
    return this.#faults
  }

  get isClosed(): boolean {
    return this.#isClosed || this.standing === undefined
  }

  /** Nothing more will be tried here. */
  close(): void {
    this.#isClosed = true
  }

  /** All keys have had their turn and a wait is over: those with tries left may be tried again. */
  beginLap(): void {
    this.#lap += 1
  }

  /** A key refused the call, or the provider broke; `pauseMs` is how long this pursuit leaves this key alone. */
  note(cell: KeyModelStanding<C>, failure: Failure, now: Millis, pauseMs: Millis): void {
    this.#tries ??= new Map()
    const count = (this.#tries.get(cell)?.count ?? 0) + 1
    this.#tries.set(cell, { count, lap: this.#lap, notBefore: now + pauseMs, why: failure.reason })
    if (!isFault(failure.reason)) return
    this.#faults += 1
    if (this.#faults >= this.#limits.maxAttemptsPerTarget) this.close()
  }

  isSpent(cell: KeyModelStanding<C>): boolean {
    return (this.#tries?.get(cell)?.count ?? 0) >= this.#limits.maxAttemptsPerKey
  }

  /** An attempt with this key is under way; a second one beside it takes another. `undefined`: none is. */
  hold(cell: KeyModelStanding<C> | undefined): void {
    this.#held = cell
  }

  /** Whether nothing is to be taken because the key of the session is about to come back. */
  isWaiting(now: Millis): boolean {
    return this.#awaited !== undefined && this.#awaited.until > now
  }

  awaits(cell: KeyModelStanding<C>, now: Millis): boolean {
    this.#awaited = undefined
    const until = this.#begunAt + this.#patienceMs(cell, now)
    if (until <= now || this.skips(cell, now)) return false
    this.#awaited = { cell, until }
    return true
  }

  /** When a key that is only limited is back; undefined for any other. */
  limitedUntil(cell: KeyModelStanding<C>, now: Millis): Millis | undefined {
    const { owner, allowance } = cell
    if (owner.disabledBy !== undefined) return undefined
    const rest = allowance.rest.asleep
    const wholeUntil = owner.rest.openAt === Infinity ? 0 : owner.rest.openAt
    if (rest !== undefined && limitReasons.has(rest.why)) return Math.max(rest.until, wholeUntil)
    const closing = this.standing === undefined ? undefined : closingOf(cell, this.standing.home, now, this.roughTokens)
    return rest === undefined && closing !== undefined ? Math.max(closing.until, wholeUntil) : undefined
  }

  skips(cell: KeyModelStanding<C>, now: Millis): boolean {
    if (cell === this.#held) return true
    const tries = this.#tries?.get(cell)
    if (tries === undefined) return false
    return tries.lap === this.#lap || tries.notBefore > now || tries.count >= this.#limits.maxAttemptsPerKey
  }

  obstacle(cell: KeyModelStanding<C>, now: Millis): Obstacle {
    if (cell.owner.disabledBy !== undefined) return disabled
    if (this.isSpent(cell)) return spent
    return this.#restObstacle(cell, now) ?? this.#busyObstacle(cell) ?? this.#ownObstacle(cell, now)
  }

  /** The obstacles of all keys, for those who must look at each. */
  *obstacles(now: Millis): Generator<{ readonly cell: KeyModelStanding<C>; readonly obstacle: Obstacle }> {
    for (const cell of this.standing?.cells ?? []) yield { cell, obstacle: this.obstacle(cell, now) }
  }

  #busyObstacle(cell: KeyModelStanding<C>): Obstacle | undefined {
    return this.standing?.isFull(cell) || this.standing?.isPaced(this) ? busy : undefined
  }

  /** What the pursuit itself puts in the way. */
  #ownObstacle(cell: KeyModelStanding<C>, now: Millis): Obstacle {
    const tries = this.#tries?.get(cell)
    if (tries !== undefined && tries.notBefore > now)
      return { is: 'resting', until: tries.notBefore, isFault: false, isDoubtful: false, why: tries.why, ofTarget: false }
    const awaited = this.#awaited
    return awaited === undefined || awaited.until <= now || awaited.cell === cell ? none : { is: 'aside', until: awaited.until }
  }

  #restObstacle(cell: KeyModelStanding<C>, now: Millis): Obstacle | undefined {
    const { standing } = this
    if (standing === undefined) return undefined
    const { owner, allowance } = cell
    const target = standing.breaker.rest
    const inTheWay = [owner.rest, allowance.rest, target].filter((rest) => rest.openAt > now)
    const [first, ...others] = inTheWay
    const closed = this.#closedObstacle(cell, standing, now)
    if (first === undefined) return closed
    const last = others.reduce((one, other) => (other.openAt > one.openAt ? other : one), first)
    if (closed !== undefined && closed.until > last.openAt) return { ...closed, isDoubtful: false }
    const onlyFaults = inTheWay.every((rest) => rest.isForFault) && closed === undefined
    const why = last.asleep?.why ?? 'upstream-broken'
    if (last.openAt === Infinity) return { is: 'probing', isFault: onlyFaults, why }
    return { is: 'resting', until: last.openAt, isFault: onlyFaults, isDoubtful: false, why, ofTarget: last === target }
  }

  #closedObstacle(cell: KeyModelStanding<C>, { home }: TargetStanding<C>, now: Millis): Extract<Obstacle, { is: 'resting' }> | undefined {
    const closing = closingOf(cell, home, now, this.roughTokens)
    if (closing === undefined) return undefined
    const { until, by } = closing
    const isDoubtful = by === 'learnt' && cell.allowance.learnt.mayDoubt(now)
    return { is: 'resting', until, isFault: false, isDoubtful, why: closingReasons[by], ofTarget: false }
  }

  /** How long the call stays with the key of its session: while it is limited, and while it is busy. */
  #patienceMs(cell: KeyModelStanding<C>, now: Millis): Millis {
    const settings = this.standing?.home.pool.settings
    if (settings === undefined) return 0
    const { waitsForWarmMs = 0, waitsForBusyMs = settings.rotation === 'sequential' ? usualBusyWaitMs : 0 } = settings
    const limitedUntil = waitsForWarmMs === 0 ? undefined : this.limitedUntil(cell, now)
    if (limitedUntil !== undefined) return limitedUntil <= this.#begunAt + waitsForWarmMs ? waitsForWarmMs : 0
    return this.#isOnlyBusy(cell, now) ? waitsForBusyMs : 0
  }

  #isOnlyBusy(cell: KeyModelStanding<C>, now: Millis): boolean {
    const isResting = Math.max(cell.owner.rest.openAt, cell.allowance.rest.openAt) > now
    return !isResting && cell.owner.disabledBy === undefined && this.standing?.isFull(cell) === true
  }
}
