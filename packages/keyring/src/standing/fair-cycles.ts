/** Uses each key up once before any is used again. One cycle for each model or quota group (or for the key as a whole) and tier. */
import type { Millis } from '../clock.ts'
import type { FairCycle } from '../pool.ts'
import type { Allowance, KeyStanding } from './key-standing.ts'

const lookEveryMs = 1000

interface Cycle<C> {
  beganAt: Millis
  lookedAt: Millis
  readonly usedUp: Set<KeyStanding<C>>
}

export class FairCycles<C> {
  readonly #settings: FairCycle
  readonly #keys: readonly KeyStanding<C>[]
  readonly #openAt: (key: KeyStanding<C>, name: string, now: Millis) => Millis
  readonly #cycles = new Map<string, Cycle<C>>()

  /** @param openAt from when the key can be used for a model or group, its place in the cycle apart. */
  constructor(settings: FairCycle, keys: readonly KeyStanding<C>[], openAt: (key: KeyStanding<C>, name: string, now: Millis) => Millis) {
    this.#settings = settings
    this.#keys = keys
    this.#openAt = openAt
  }

  /** Until when the key is left to the others; 0: it may be used. */
  usedUpUntil({ owner, name }: Allowance<C>, now: Millis): Millis {
    const cycle = this.#cycles.get(this.#nameOf(owner, name))
    if (cycle === undefined || !cycle.usedUp.has(owner)) return 0
    const endsAt = cycle.beganAt + this.#settings.durationMs
    if (now >= endsAt) cycle.usedUp.clear()
    // The others may have been closed since by something that is no rest.
    else if (now - cycle.lookedAt >= lookEveryMs) this.#turn(cycle, owner, name, now)
    return cycle.usedUp.has(owner) ? endsAt : 0
  }

  /** The key rests, or is capped, for so long: long enough, and it counts as used up. */
  rested(allowance: Allowance<C>, now: Millis, forMs: Millis): void {
    if (forMs >= this.#settings.exhaustedFromMs) this.#useUp(allowance, now)
  }

  /** The key was used so often in a window whose limit is known. */
  used(allowance: Allowance<C>, now: Millis, windowLimit: number | undefined): void {
    if (windowLimit !== undefined && allowance.use.requests(now) >= windowLimit * this.#settings.quotaShare) this.#useUp(allowance, now)
  }

  clear(): void {
    this.#cycles.clear()
  }

  saved(): ReadonlyMap<string, { readonly beganAt: Millis; readonly usedUp: ReadonlySet<KeyStanding<C>> }> {
    return this.#cycles
  }

  restore(name: string, beganAt: Millis, usedUp: readonly KeyStanding<C>[]): void {
    this.#cycles.set(name, { beganAt, lookedAt: beganAt, usedUp: new Set(usedUp) })
  }

  #useUp({ owner, name }: Allowance<C>, now: Millis): void {
    const cycleName = this.#nameOf(owner, name)
    const known = this.#cycles.get(cycleName)
    const cycle = known ?? { beganAt: now, lookedAt: now, usedUp: new Set<KeyStanding<C>>() }
    if (known === undefined) this.#cycles.set(cycleName, cycle)
    if (cycle.usedUp.size === 0) cycle.beganAt = now
    cycle.usedUp.add(owner)
    this.#turn(cycle, owner, name, now)
  }

  /** All are used up: the cycle begins anew, but for those that are back soon. Keys out of use are nobody to wait for. */
  #turn(cycle: Cycle<C>, owner: KeyStanding<C>, name: string, now: Millis): void {
    cycle.lookedAt = now
    const { crossesTiers, exhaustedFromMs, waitsForMs } = this.#settings
    const members = this.#keys.filter(({ key }) => crossesTiers || key.priority === owner.key.priority)
    const backIn = (member: KeyStanding<C>): Millis => this.#openAt(member, name, now) - now
    if (members.some((member) => !cycle.usedUp.has(member) && !isOutOfUse(member) && backIn(member) < exhaustedFromMs)) return
    const soon = members.filter((member) => backIn(member) > 0 && backIn(member) <= waitsForMs)
    if (soon.length === 0) cycle.usedUp.clear()
    for (const member of soon) cycle.usedUp.delete(member)
  }

  #nameOf({ key }: KeyStanding<C>, name: string): string {
    return `${this.#settings.tracks === 'model' ? name : '*'}\n${this.#settings.crossesTiers ? 'all' : key.priority}`
  }
}

function isOutOfUse<C>({ disabledBy, rest }: KeyStanding<C>): boolean {
  return disabledBy !== undefined || rest.state.is === 'dead'
}
