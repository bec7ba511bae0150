/** One model of one pool at this moment, and the choice of a key for it. On the hot path: no allocation per choice. */
import type { Millis } from '../clock.ts'
import { Breaker } from '../resilience/breaker.ts'
import { GradientLimit } from '../resilience/gradient-limit.ts'
import { RecentDurations } from '../resilience/recent-durations.ts'
import { strategies } from '../strategies/list.ts'
import type { Strategy } from '../strategy.ts'
import { closedUntil } from './closing.ts'
import { newKeyModelStanding } from './key-standing.ts'
import type { KeyModelStanding } from './key-standing.ts'
import type { PoolStanding } from './pool-standing.ts'

/** Who asks for a key, and which keys it does not want. */
export interface KeyAsk<C> {
  readonly session: string | undefined
  /** The id of the key that the call would like best. */
  readonly prefers?: string | undefined
  readonly roughTokens: number
  /** Whether the call is one of those whose waiting for the first byte is kept to what the provider bears. */
  readonly isPaced: boolean
  skips(cell: KeyModelStanding<C>, now: Millis): boolean
  /** Whether the call waits for the key that its session stays on, rather than take another. */
  awaits(cell: KeyModelStanding<C>, now: Millis): boolean
}

export class TargetStanding<C> {
  readonly home: PoolStanding<C>
  readonly model: string
  readonly breaker: Breaker = new Breaker()
  /** Keys that may serve the model, the best first. */
  readonly cells: readonly KeyModelStanding<C>[]
  readonly pace: GradientLimit = new GradientLimit()
  /** Calls that wait for their first byte. */
  waiting = 0
  /** How long whole answers took to begin. */
  readonly durations: RecentDurations = new RecentDurations()
  readonly #strategy: Strategy
  #stayedOn: KeyModelStanding<C> | undefined
  #choices = 0
  #sawRamp = false
  // Filled anew by each choice; a choice never awaits, so one pair is enough.
  readonly #fit: KeyModelStanding<C>[] = []
  readonly #roomy: KeyModelStanding<C>[] = []

  constructor(home: PoolStanding<C>, model: string) {
    const { settings } = home.pool
    this.home = home
    this.model = model
    this.cells = home
      .allowancesFor(home.quotaName(model))
      .flatMap((allowance) => newKeyModelStanding(allowance, model, settings, home.around.clock) ?? [])
      .toSorted((one, other) => one.rank - other.rank)
    this.#strategy = strategies[settings.rotation]
  }

  /** The key that a call should use now, or undefined when none can be used, or the one that it waits for cannot. */
  choose(ask: KeyAsk<C>, now: Millis): KeyModelStanding<C> | undefined {
    if (this.breaker.rest.openAt > now || this.isPaced(ask)) return undefined
    const preferred = ask.prefers === undefined ? undefined : this.#preferredKey(ask, now)
    if (preferred !== undefined) return preferred
    const sticky = this.#stickyKey(ask.session, now)
    if (sticky !== undefined && this.#isWaitedFor(sticky, ask, now)) return undefined
    this.#gather(ask, now, true)
    // A key whose load comes back in steps steps aside only where another one stands in.
    if (this.#fit.length === 0 && this.#sawRamp) this.#gather(ask, now, false)
    return this.#pick(sticky)
  }

  /** Counts a call that begins with this key. */
  begin(cell: KeyModelStanding<C>, session: string | undefined, now: Millis): void {
    const { around, flight, sessions } = this.home
    this.home.turnDay(now)
    around.flight.inFlight += 1
    flight.inFlight += 1
    cell.owner.inFlight += 1
    cell.inFlight += 1
    cell.owner.requests += 1
    cell.requests += 1
    cell.owner.lastUsedAt = around.clock.wallNow()
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

  isFull({ owner }: KeyModelStanding<C>): boolean {
    return owner.inFlight >= owner.maxInFlight
  }

  /** Whether as many calls wait for their first byte as the provider bears. */
  isPaced({ isPaced }: { readonly isPaced: boolean }): boolean {
    return isPaced && this.waiting >= this.pace.limit && this.home.pool.settings.adaptsConcurrency !== false
  }

  /** Whether nothing would be forgotten if this standing were dropped. */
  get isIdle(): boolean {
    if (this.breaker.rest.state.is !== 'ready' || this.home.quotaName(this.model) !== this.model) return false
    return this.cells.every(({ inFlight, allowance: { rest, told } }) => inFlight === 0 && rest.state.is === 'ready' && told.isEmpty)
  }

  #pick(sticky: KeyModelStanding<C> | undefined): KeyModelStanding<C> | undefined {
    if (this.#fit.length <= 1) return this.#fit[0]
    if (sticky !== undefined && this.#fit.includes(sticky)) return sticky
    const { tolerance } = this.home.pool.settings
    return this.#strategy.choose(this.#roomy.length > 0 ? this.#roomy : this.#fit, { tolerance, chance: this.home.around.chance })
  }

  #isWaitedFor(sticky: KeyModelStanding<C>, ask: KeyAsk<C>, now: Millis): boolean {
    return !this.#isUsable(sticky, ask, now) && ask.awaits(sticky, now)
  }

  /** Collects the usable keys of the best rank that has one. */
  #gather(ask: KeyAsk<C>, now: Millis, stepsAside: boolean): void {
    this.#fit.length = 0
    this.#roomy.length = 0
    this.#sawRamp = false
    for (const cell of this.cells) {
      const best = this.#fit[0]
      if (best !== undefined && cell.rank !== best.rank) return
      if (!this.#isUsable(cell, ask, now) || ask.skips(cell, now)) continue
      if (stepsAside && this.#stepsAside(cell, now)) continue
      cell.usage = cell.allowance.use.requests(now)
      this.#fit.push(cell)
      if (cell.owner.inFlight < cell.owner.optimalInFlight) this.#roomy.push(cell)
    }
  }

  #isUsable(cell: KeyModelStanding<C>, { roughTokens }: KeyAsk<C>, now: Millis): boolean {
    const { owner, allowance } = cell
    if (owner.rest.openAt > now || allowance.rest.openAt > now || owner.disabledBy !== undefined || this.isFull(cell)) return false
    return closedUntil(cell, this.home, now, roughTokens) <= now
  }

  #stepsAside({ allowance }: KeyModelStanding<C>, now: Millis): boolean {
    const share = allowance.rest.share(now)
    if (share === 1 || this.home.around.chance() < share) return false
    this.#sawRamp = true
    return true
  }

  #preferredKey(ask: KeyAsk<C>, now: Millis): KeyModelStanding<C> | undefined {
    const cell = this.cells.find(({ owner }) => owner.key.id === ask.prefers)
    return cell !== undefined && this.#isUsable(cell, ask, now) && !ask.skips(cell, now) ? cell : undefined
  }

  #stickyKey(session: string | undefined, now: Millis): KeyModelStanding<C> | undefined {
    if (session !== undefined) return this.home.sessions.find(this.#sessionKey(session), now)
    return this.#strategy.staysOnKey ? this.#stayedOn : undefined
  }

  #sessionKey(session: string): string {
    return `${this.model}\n${session}`
  }
}
