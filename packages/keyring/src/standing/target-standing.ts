/** One model of one pool at this moment, and the choice of a key for it. On the hot path: no allocation per choice. */
import type { Millis } from '../clock.ts'
import { Breaker } from '../resilience/breaker.ts'
import { strategies } from '../strategies/list.ts'
import type { Strategy } from '../strategy.ts'
import { newKeyModelStanding } from './key-standing.ts'
import type { KeyModelStanding } from './key-standing.ts'
import type { PoolStanding } from './pool-standing.ts'

/** Who asks for a key, and which keys it does not want. */
export interface KeyAsk<C> {
  readonly session: string | undefined
  /** The id of the key that the call would like best. */
  readonly prefers?: string | undefined
  skips(cell: KeyModelStanding<C>, now: Millis): boolean
}

const dayMs = 86_400_000
/** Days of use begin at 03:00 UTC. */
const dayStartsMs = 3 * 3_600_000

export class TargetStanding<C> {
  readonly home: PoolStanding<C>
  readonly model: string
  readonly breaker: Breaker = new Breaker()
  /** In the order of the pool's keys. */
  readonly cells: readonly KeyModelStanding<C>[]
  readonly #strategy: Strategy
  #stayedOn: KeyModelStanding<C> | undefined
  #choices = 0
  #day = 0
  #sawRamp = false
  // Filled anew by each choice; a choice never awaits, so one pair is enough.
  readonly #fit: KeyModelStanding<C>[] = []
  readonly #roomy: KeyModelStanding<C>[] = []

  constructor(home: PoolStanding<C>, model: string) {
    this.home = home
    this.model = model
    this.cells = home.keys.map(newKeyModelStanding)
    this.#strategy = strategies[home.pool.settings.rotation]
  }

  /** The key that a call should use now, or undefined when none can be used. */
  choose(ask: KeyAsk<C>, now: Millis): KeyModelStanding<C> | undefined {
    if (this.breaker.rest.openAt > now) return undefined
    const preferred = ask.prefers === undefined ? undefined : this.#preferredKey(ask, now)
    if (preferred !== undefined) return preferred
    this.#gather(ask, now, true)
    // A key whose load comes back in steps steps aside only where another one stands in.
    if (this.#fit.length === 0 && this.#sawRamp) this.#gather(ask, now, false)
    if (this.#fit.length <= 1) return this.#fit[0]
    const sticky = this.#stickyKey(ask.session, now)
    if (sticky !== undefined && this.#fit.includes(sticky)) return sticky
    const { tolerance } = this.home.pool.settings
    return this.#strategy.choose(this.#roomy.length > 0 ? this.#roomy : this.#fit, { tolerance, chance: this.home.around.chance })
  }

  /** Counts a call that begins with this key. */
  begin(cell: KeyModelStanding<C>, session: string | undefined, now: Millis): void {
    const { around, flight, sessions } = this.home
    const wallNow = around.clock.wallNow()
    this.#turnDay(wallNow)
    around.flight.inFlight += 1
    flight.inFlight += 1
    cell.owner.inFlight += 1
    cell.inFlight += 1
    cell.owner.requests += 1
    cell.requests += 1
    cell.usage += 1
    cell.owner.lastUsedAt = wallNow
    cell.lastChosen = ++this.#choices
    this.#stayedOn = cell
    if (session !== undefined) sessions.remember(this.#sessionKey(session), cell, now)
  }

  /** Takes back what `begin` put in flight. */
  end(cell: KeyModelStanding<C>): void {
    this.home.around.flight.inFlight -= 1
    this.home.flight.inFlight -= 1
    cell.owner.inFlight -= 1
    cell.inFlight -= 1
  }

  isFull(cell: KeyModelStanding<C>): boolean {
    return cell.owner.inFlight >= (this.home.pool.settings.maxConcurrency ?? Infinity)
  }

  /** Whether nothing would be forgotten if this standing were dropped. */
  get isIdle(): boolean {
    if (this.breaker.rest.state.is !== 'ready') return false
    return this.cells.every((cell) => cell.inFlight === 0 && cell.rest.state.is === 'ready')
  }

  /** Collects the usable keys of the best priority that has one. */
  #gather(ask: KeyAsk<C>, now: Millis, stepsAside: boolean): void {
    const optimal = this.home.pool.settings.optimalConcurrency ?? Infinity
    this.#fit.length = 0
    this.#roomy.length = 0
    this.#sawRamp = false
    for (const cell of this.cells) {
      const best = this.#fit[0]
      if (best !== undefined && cell.owner.key.priority !== best.owner.key.priority) return
      if (!this.#isUsable(cell, now) || ask.skips(cell, now)) continue
      if (stepsAside && this.#stepsAside(cell, now)) continue
      this.#fit.push(cell)
      if (cell.owner.inFlight < optimal) this.#roomy.push(cell)
    }
  }

  #isUsable(cell: KeyModelStanding<C>, now: Millis): boolean {
    return cell.owner.rest.openAt <= now && cell.rest.openAt <= now && !this.isFull(cell)
  }

  #stepsAside(cell: KeyModelStanding<C>, now: Millis): boolean {
    const share = cell.rest.share(now)
    if (share === 1 || this.home.around.chance() < share) return false
    this.#sawRamp = true
    return true
  }

  #preferredKey(ask: KeyAsk<C>, now: Millis): KeyModelStanding<C> | undefined {
    const cell = this.cells.find(({ owner }) => owner.key.id === ask.prefers)
    return cell !== undefined && this.#isUsable(cell, now) && !ask.skips(cell, now) ? cell : undefined
  }

  #stickyKey(session: string | undefined, now: Millis): KeyModelStanding<C> | undefined {
    if (session !== undefined) return this.home.sessions.find(this.#sessionKey(session), now)
    return this.#strategy.staysOnKey ? this.#stayedOn : undefined
  }

  #sessionKey(session: string): string {
    return `${this.model}\n${session}`
  }

  #turnDay(wallNow: Millis): void {
    const day = Math.floor((wallNow - dayStartsMs) / dayMs)
    if (day === this.#day) return
    this.#day = day
    for (const cell of this.cells) cell.usage = 0
  }
}
