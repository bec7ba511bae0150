/** Brings the calls one after the other, and looks now and then whether a usable key is left lying. */
import type { Millis } from '@keywheel/keyring'
import type { Call, CallSource } from './calls.ts'
import type { World } from './schedulers/scheduler.ts'

export interface ArrivalPlan {
  readonly source: CallSource
  readonly most: number
  start(call: Call): void
}

const looksEveryMs: Millis = 600_000
/** What a key must have room for to count as usable. */
const smallCallTokens = 1000

export class Arrivals {
  readonly #world: World
  readonly #plan: ArrivalPlan
  /** By key: since when it could have been used and was not. */
  #idleSince: Millis[] = []
  #begun = 0
  #isOver = false

  constructor(world: World, plan: ArrivalPlan) {
    this.#world = world
    this.#plan = plan
  }

  get isOver(): boolean {
    return this.#isOver
  }

  begin(): void {
    const { clock, ledger, endsAt } = this.#world
    const call = this.#plan.source.next()
    if (this.#begun >= this.#plan.most || call.arrivesAt >= endsAt) {
      this.#isOver = true
      return
    }
    this.#begun += 1
    clock.after(call.arrivesAt - clock.now(), () => {
      ledger.arrived(call, clock.now())
      this.#plan.start(call)
      this.begin()
    })
  }

  /** No key is forgotten: one that has room all the time is used within `afterMs`. */
  watchKeys(afterMs: Millis): void {
    const { clock, ledger, provider } = this.#world
    if (this.#isOver) return
    const now = clock.now()
    for (const [index, key] of provider.keys.entries()) {
      const idleSince = Math.max(this.#idleSince[index] ?? now, ledger.lastRequestAt(index))
      this.#idleSince[index] = key.hasRoom(now, smallCallTokens) ? idleSince : now
      if (now - idleSince > afterMs) ledger.violated(`${key.id} was forgotten for ${Math.round((now - idleSince) / 1000)} s`)
    }
    clock.after(looksEveryMs, () => this.watchKeys(afterMs))
  }
}
