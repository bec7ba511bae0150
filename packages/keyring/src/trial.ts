/** What one pursuit has done with one target of its plan, and what it can still do there. */
import type { Millis } from './clock.ts'
import type { PursueLimits } from './limits.ts'
import type { Plan, Target } from './pool.ts'
import type { KeyModelStanding } from './standing/key-standing.ts'
import type { Rest } from './standing/rest.ts'
import type { KeyAsk, TargetStanding } from './standing/target-standing.ts'
import { isFault } from './verdict.ts'
import type { Failure, FailureReason } from './verdict.ts'

/** What stands between a pursuit and a key. */
export type Obstacle =
  | { readonly is: 'none' }
  /** Tried as often as one pursuit may. */
  | { readonly is: 'spent' }
  | { readonly is: 'busy' }
  | { readonly is: 'probing'; readonly isFault: boolean; readonly why: FailureReason }
  /** `isFault`: every rest in the way is for a fault. */
  | { readonly is: 'resting'; readonly until: Millis; readonly isFault: boolean; readonly why: FailureReason; readonly ofTarget: boolean }

/** Which key the call would like best. */
type Wishes = Pick<Plan<Target>, 'session' | 'prefers'>

interface Tries {
  count: number
  lap: number
  notBefore: Millis
  why: FailureReason
}

const none: Obstacle = { is: 'none' }
const spent: Obstacle = { is: 'spent' }
const busy: Obstacle = { is: 'busy' }

export class Trial<T extends Target, C> implements KeyAsk<C> {
  readonly target: T
  /** undefined: the pool has no key. */
  readonly standing: TargetStanding<C> | undefined
  readonly session: string | undefined
  /** The id of a key. */
  readonly prefers: string | undefined
  readonly #limits: PursueLimits
  #tries: Map<KeyModelStanding<C>, Tries> | undefined
  #lap = 0
  #faults = 0
  #isClosed = false
  attempts = 0

  constructor(target: T, standing: TargetStanding<C> | undefined, { session, prefers }: Wishes, limits: PursueLimits) {
    this.target = target
    this.standing = standing
    this.session = session
    this.prefers = prefers?.pool === target.pool ? prefers.keyId : undefined
    this.#limits = limits
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

  skips(cell: KeyModelStanding<C>, now: Millis): boolean {
    const tries = this.#tries?.get(cell)
    if (tries === undefined) return false
    return tries.lap === this.#lap || tries.notBefore > now || tries.count >= this.#limits.maxAttemptsPerKey
  }

  obstacle(cell: KeyModelStanding<C>, now: Millis): Obstacle {
    if (this.isSpent(cell)) return spent
    const rested = this.#restObstacle(cell, now)
    if (rested !== undefined) return rested
    if (this.standing?.isFull(cell)) return busy
    const tries = this.#tries?.get(cell)
    if (tries === undefined || tries.notBefore <= now) return none
    return { is: 'resting', until: tries.notBefore, isFault: false, why: tries.why, ofTarget: false }
  }

  /** The obstacles of all keys, for those who must look at each. */
  *obstacles(now: Millis): Generator<{ readonly cell: KeyModelStanding<C>; readonly obstacle: Obstacle }> {
    for (const cell of this.standing?.cells ?? []) yield { cell, obstacle: this.obstacle(cell, now) }
  }

  #restObstacle(cell: KeyModelStanding<C>, now: Millis): Obstacle | undefined {
    const target = this.standing?.breaker.rest
    const inTheWay = [cell.owner.rest, cell.rest, target].filter((rest): rest is Rest => rest !== undefined && rest.openAt > now)
    const [first, ...others] = inTheWay
    if (first === undefined) return undefined
    const last = others.reduce((one, other) => (other.openAt > one.openAt ? other : one), first)
    const onlyFaults = inTheWay.every((rest) => rest.isForFault)
    const why = last.asleep?.why ?? 'upstream-broken'
    if (last.openAt === Infinity) return { is: 'probing', isFault: onlyFaults, why }
    return { is: 'resting', until: last.openAt, isFault: onlyFaults, why, ofTarget: last === target }
  }
}
