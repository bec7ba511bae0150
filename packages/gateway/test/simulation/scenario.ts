/** What a seed stands for: providers with their hidden limits, the callers with their habits, and what goes wrong when. */
import { Dice } from './dice.ts'

export interface KeyPlan {
  readonly name: string
  /** Requests that the provider takes in any such window before it answers with 429. */
  readonly perWindow: number
  readonly windowMs: number
}

export interface ProviderPlan {
  readonly name: string
  readonly dialect: 'openai-chat' | 'anthropic-messages'
  readonly keys: readonly KeyPlan[]
  /** The part of all requests that something goes wrong with. */
  readonly faultShare: number
  readonly firstByteMs: number
  /** Whether its answers carry rate limit headers. */
  readonly tellsLimits: boolean
}

export interface CallPlan {
  readonly number: number
  readonly at: number
  readonly model: string
  readonly dialect: 'openai-chat' | 'anthropic-messages'
  readonly stream: boolean
  readonly habit: 'patient' | 'leaves' | 'reads-slowly' | 'stops-reading'
  /** For those who leave: after how long. */
  readonly leavesAfterMs: number
}

interface Spell {
  readonly from: number
  readonly until: number
}

/** What goes wrong beyond the daily share of faults; all of it is over before `scenario.quietAt`. */
export type Nemesis =
  | ({ readonly is: 'outage'; readonly provider: string; readonly deed: string } & Spell)
  | ({ readonly is: 'revoked' | 'no-credit' | 'no-quota'; readonly provider: string; readonly key: number } & Spell)
  | ({ readonly is: 'slow'; readonly provider: string; readonly factor: number } & Spell)
  | ({ readonly is: 'store-gone' } & Spell)
  | { readonly is: 'wall-jump'; readonly at: number; readonly ms: number }
  /** The gateway dies as it asks a provider for the first time after `at`. */
  | { readonly is: 'kill'; readonly at: number }

export interface Scenario {
  readonly seed: number
  readonly settings: {
    readonly rotation: 'balanced' | 'sequential'
    readonly tolerance: number
    /** 0: none. */
    readonly maxConcurrency: number
    readonly earlyCommitMs: number
  }
  readonly providers: readonly ProviderPlan[]
  readonly calls: readonly CallPlan[]
  readonly nemeses: readonly Nemesis[]
  /** From here on nothing goes wrong. */
  readonly quietAt: number
}

/** Its provider has no faults, no limits and no nemesis: what it sees of the others' trouble is what isolation leaves over. */
export const bystander = 'delta'

const lastCallMs = 50_000
const quietAt = 80_000
const outages = ['refuses', 'resets', 'error-500', 'error-503', 'overloaded', 'stays-silent']

export function scenarioOf(seed: number): Scenario {
  const dice = new Dice(seed, 'scenario')
  const faultShare = dice.pick([0, 0.05, 0.15, 0.3, 0.7])
  const providers = [
    providerOf(dice, 'alpha', 3, faultShare),
    providerOf(dice, 'beta', 2, faultShare),
    providerOf(dice, 'gamma', 2, faultShare),
    providerOf(dice, bystander, 3, 0),
  ]
  return {
    seed,
    settings: {
      rotation: dice.falls(0.25) ? 'sequential' : 'balanced',
      tolerance: dice.pick([0, 0, 3, 5]),
      maxConcurrency: dice.pick([0, 0, 1, 3]),
      earlyCommitMs: dice.pick([0, 0, 2000]),
    },
    providers,
    calls: callsOf(dice),
    nemeses: nemesesOf(dice, providers),
    quietAt,
  }
}

function providerOf(dice: Dice, name: string, keys: number, faultShare: number): ProviderPlan {
  const isBystander = name === bystander
  const isLimited = !isBystander && dice.falls(0.6)
  return {
    name,
    dialect: name === 'beta' ? 'anthropic-messages' : 'openai-chat',
    keys: Array.from({ length: keys }, (_, index) => ({
      name: `${name}-${index + 1}`,
      perWindow: isLimited ? dice.whole(2, 6) : 1_000_000,
      windowMs: dice.pick([5000, 10_000, 20_000]),
    })),
    faultShare,
    firstByteMs: dice.whole(20, 400),
    tellsLimits: dice.falls(0.5),
  }
}

function callsOf(dice: Dice): CallPlan[] {
  const count = dice.whole(40, 70)
  const bursts = [dice.whole(0, lastCallMs), dice.whole(0, lastCallMs)]
  const calls: CallPlan[] = []
  for (let number = 1; number <= count; number++) {
    const habit = habitOf(dice)
    calls.push({
      number,
      at: dice.falls(0.3) ? dice.pick(bursts) : dice.whole(0, lastCallMs),
      model: modelOf(dice, habit),
      dialect: dice.falls(0.5) ? 'openai-chat' : 'anthropic-messages',
      stream: dice.falls(0.6),
      habit,
      leavesAfterMs: dice.whole(1, 6000),
    })
  }
  return calls
}

function habitOf(dice: Dice): CallPlan['habit'] {
  const at = dice.next()
  if (at < 0.82) return 'patient'
  if (at < 0.93) return 'leaves'
  return at < 0.98 ? 'reads-slowly' : 'stops-reading'
}

function modelOf(dice: Dice, habit: CallPlan['habit']): string {
  if (habit === 'patient' && dice.falls(0.15)) return `${bystander}/m`
  return dice.pick(['chain', 'chain', 'chain', 'chain', 'alpha/m', 'beta/m', 'gamma/m'])
}

function nemesesOf(dice: Dice, providers: readonly ProviderPlan[]): Nemesis[] {
  const victims = providers.filter(({ name }) => name !== bystander)
  const found: Nemesis[] = []
  const spell = (atMost: number = quietAt): Spell => {
    const from = dice.whole(0, lastCallMs)
    return { from, until: Math.min(from + dice.whole(2000, 30_000), atMost) }
  }
  if (dice.falls(0.5)) found.push({ is: 'outage', provider: dice.pick(victims).name, deed: dice.pick(outages), ...spell() })
  for (const is of ['revoked', 'no-credit', 'no-quota'] as const) {
    const { name, keys } = dice.pick(victims)
    if (dice.falls(0.3)) found.push({ is, provider: name, key: dice.whole(0, keys.length - 1), ...spell() })
  }
  if (dice.falls(0.3)) found.push({ is: 'slow', provider: dice.pick(victims).name, factor: dice.whole(5, 30), ...spell() })
  if (dice.falls(0.25)) found.push({ is: 'store-gone', ...spell(lastCallMs) })
  if (dice.falls(0.3)) found.push({ is: 'wall-jump', at: dice.whole(0, lastCallMs), ms: dice.pick([3_600_000, -3_600_000]) })
  if (dice.falls(0.25)) found.push({ is: 'kill', at: dice.whole(5000, lastCallMs) })
  return found
}
