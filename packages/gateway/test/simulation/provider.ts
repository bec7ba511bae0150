/** A simulated provider: what its keys are worth at a moment, and so what it does with a request. */
import type { Clock } from '@keywheel/keyring'
import type { Dice } from './dice.ts'
import { dailyFaults } from './deeds.ts'
import type { Nemesis, ProviderPlan, Scenario } from './scenario.ts'

/** What a provider decides about a request, before any word of its answer. */
export interface Decision {
  readonly deed: string
  readonly firstByteMs: number
  /** How long the key must wait, where it was refused for its rate. */
  readonly waitMs: number
  readonly headers: Readonly<Record<string, string>>
}

type Hindering = Extract<Nemesis, { is: 'revoked' | 'no-credit' | 'no-quota' }>

export class SimulatedProvider {
  readonly plan: ProviderPlan
  readonly #scenario: Scenario
  readonly #clock: Clock
  readonly #startedAt: number
  /** By key: when requests were taken. */
  readonly #taken: number[][]

  constructor(plan: ProviderPlan, scenario: Scenario, clock: Clock) {
    this.plan = plan
    this.#scenario = scenario
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#taken = plan.keys.map(() => [])
  }

  /** @param key the index of the key that the request carries. */
  decide(key: number, dice: Dice): Decision {
    const at = this.#clock.now() - this.#startedAt
    const usual = { firstByteMs: this.#firstByteMs(at, dice), waitMs: dice.whole(500, 20_000), headers: {} }
    const outage = this.#active('outage', at)
    if (outage !== undefined) return { ...usual, deed: outage.deed }
    for (const is of ['revoked', 'no-credit', 'no-quota'] as const) if (this.#hinders(is, key, at)) return { ...usual, deed: is }
    const isQuiet = at >= this.#scenario.quietAt
    if (!isQuiet && dice.falls(this.plan.faultShare)) return { ...usual, deed: dice.pick(dailyFaults) }
    const waitMs = this.#takeRequest(key)
    if (waitMs > 0) return { ...usual, deed: 'rate-limited', waitMs }
    return { ...usual, deed: 'answers', headers: this.#limitHeaders(key) }
  }

  #firstByteMs(at: number, dice: Dice): number {
    const factor = this.#active('slow', at)?.factor ?? 1
    return Math.round(this.plan.firstByteMs * factor * (0.5 + dice.next()))
  }

  #active<Kind extends 'outage' | 'slow'>(kind: Kind, at: number): Extract<Nemesis, { is: Kind }> | undefined {
    return this.#scenario.nemeses.find(
      (each): each is Extract<Nemesis, { is: Kind }> =>
        each.is === kind && 'provider' in each && each.provider === this.plan.name && each.from <= at && at < each.until,
    )
  }

  #hinders(kind: Hindering['is'], key: number, at: number): boolean {
    return this.#scenario.nemeses.some(
      (each) => each.is === kind && each.provider === this.plan.name && each.key === key && each.from <= at && at < each.until,
    )
  }

  /** 0 when the key's hidden limit allows the request; else how long it must wait. */
  #takeRequest(key: number): number {
    const { perWindow = 0, windowMs = 0 } = this.plan.keys[key] ?? {}
    const now = this.#clock.now()
    const taken = (this.#taken[key] ?? []).filter((at) => at > now - windowMs)
    this.#taken[key] = taken
    const [oldest] = taken
    if (oldest !== undefined && taken.length >= perWindow) return oldest + windowMs - now
    taken.push(now)
    return 0
  }

  #limitHeaders(key: number): Readonly<Record<string, string>> {
    const { perWindow = 0, windowMs = 0 } = this.plan.keys[key] ?? {}
    if (!this.plan.tellsLimits || perWindow > 1000) return {}
    const taken = this.#taken[key] ?? []
    return {
      'x-ratelimit-limit-requests': String(perWindow),
      'x-ratelimit-remaining-requests': String(perWindow - taken.length),
      'x-ratelimit-reset-requests': `${(taken[0] ?? 0) + windowMs - this.#clock.now()}ms`,
    }
  }
}
