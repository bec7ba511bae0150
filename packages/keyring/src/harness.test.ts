/** For tests: a keyring on a manual clock, with keys that answer as their script says. */
import type { Chance, Millis } from './clock.ts'
import type { KeyringEvent } from './events.ts'
import { Keyring } from './keyring.ts'
import type { PursueLimits } from './limits.ts'
import { ManualClock } from './manual-clock.ts'
import type { Plan, Pool, PoolSettings, Target } from './pool.ts'
import { pursue } from './pursue.ts'
import type { AttemptAsk, Outcome, Pursued } from './pursued.ts'
import type { KeyState } from './standing/key-state.ts'
import type { PoolSnapshot } from './standing/snapshot.ts'
import type { Failure, FailureReason } from './verdict.ts'

/** What a key answers: a reason to fail with, a whole failure, or `ok`. */
export type Reply = 'ok' | FailureReason | Failure

type Ask = AttemptAsk<Target, string>

export type CallOptions = Partial<Plan<Target>> & {
  readonly attempt?: (ask: Ask) => Promise<Outcome<string>>
  readonly signal?: AbortSignal
}

export interface BenchOptions {
  readonly keys?: readonly (string | { readonly id: string; readonly priority: number; readonly tier?: string })[]
  readonly pools?: readonly Pool<string>[]
  readonly settings?: Partial<PoolSettings>
  readonly limits?: Partial<PursueLimits>
  readonly chance?: Chance
  readonly clock?: ManualClock
}

/** A number in [0, 1) after another, the same ones for the same seed (mulberry32). */
export function seededChance(seed: number): Chance {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function failure(reason: FailureReason, more: Partial<Failure> = {}): Failure {
  return { reason, message: reason, sent: 'yes', ...more }
}

export function poolOf(name: string, keys: BenchOptions['keys'] = ['a'], settings: Partial<PoolSettings> = {}): Pool<string> {
  return {
    name,
    keys: keys.map((key) => {
      const { id, ...rest } = typeof key === 'string' ? { id: key, priority: 1 } : key
      return { id, credential: `secret-${id}`, label: `label-${id}`, ...rest }
    }),
    settings: { rotation: 'balanced', tolerance: 0, ...settings },
  }
}

export class Bench {
  readonly clock: ManualClock
  readonly events: KeyringEvent[] = []
  readonly asks: string[] = []
  readonly keyring: Keyring<string>
  readonly limits: PursueLimits
  readonly chance: Chance
  /** By key id, or `*`; the last reply of a list stays. */
  readonly script: Map<string, Reply[]> = new Map()
  tookMs: Millis = 0

  constructor({ keys, pools, settings, limits, chance = () => 0.5, clock = new ManualClock() }: BenchOptions = {}) {
    this.clock = clock
    this.chance = chance
    this.keyring = new Keyring({
      pools: pools ?? [poolOf('pool', keys, settings)],
      clock: this.clock,
      chance,
      announce: (event) => void this.events.push(event),
    })
    this.limits = {
      maxAttemptsPerTarget: 3,
      maxAttemptsPerKey: 2,
      backoffBaseMs: 250,
      backoffCapMs: 8000,
      maxWaitMs: 10_000,
      acquireTimeoutMs: 30_000,
      ...limits,
    }
  }

  answers(key: string, ...replies: readonly Reply[]): void {
    this.script.set(key, [...replies])
  }

  readonly attempt = async (ask: Ask): Promise<Outcome<string>> => {
    this.asks.push(ask.key.id)
    const reply = this.#reply(ask)
    if (this.tookMs > 0) await new Promise<void>((resolve) => void this.clock.after(this.tookMs, resolve))
    if (reply === 'ok') return { kind: 'committed', answer: `from ${ask.key.id}` }
    return { kind: 'failed', failure: typeof reply === 'string' ? failure(reply) : reply }
  }

  pursue(more: CallOptions = {}): Promise<Pursued<Target, string, string>> {
    const { attempt = this.attempt, signal = new AbortController().signal, ...plan } = more
    return pursue<Target, string, string>({ targets: [{ pool: 'pool', model: 'm' }], deadlineMs: 600_000, ...plan }, attempt, {
      keyring: this.keyring,
      limits: this.limits,
      clock: this.clock,
      chance: this.chance,
      signal,
    })
  }

  /** Pursues to the end, moving time on as needed, and finishes an answer. For several at once, see `pursue` and `settle`. */
  async call(more: CallOptions = {}): Promise<Pursued<Target, string, string>> {
    const pursued = await this.settle(this.pursue(more))
    if (pursued.kind === 'answered') pursued.finish({})
    return pursued
  }

  /** Moves the clock to the next timer until the promise settles. */
  async settle<V>(promise: Promise<V>): Promise<V> {
    let isDone = false
    const watched = promise.finally(() => (isDone = true))
    watched.catch(() => undefined)
    for (let step = 0; step < 100_000; step++) {
      await breathe()
      if (isDone) return watched
      this.clock.advance(this.clock.untilNext ?? 0)
    }
    throw new Error('it never settles')
  }

  get state(): PoolSnapshot | undefined {
    return this.keyring.snapshot()[0]
  }

  cell(key = 'a', model = 'm'): KeyState | undefined {
    return this.state?.keys.find(({ id }) => id === key)?.models[model]?.state
  }

  whole(key = 'a'): KeyState | undefined {
    return this.state?.keys.find(({ id }) => id === key)?.state
  }

  target(model = 'm'): KeyState | undefined {
    return this.state?.targets[model]
  }

  #reply({ key, target }: Ask): Reply {
    const name = [`${target.pool}/${target.model}/${key.id}`, `${target.pool}/${target.model}`, key.id, '*'].find((one) =>
      this.script.has(one),
    )
    const replies = this.script.get(name ?? '*')
    if (replies === undefined) return 'ok'
    return (replies.length > 1 ? replies.shift() : replies[0]) ?? 'ok'
  }
}

/** Lets everything that can go on without time do so. */
export async function breathe(): Promise<void> {
  await new Promise<void>((resolve) => void setImmediate(resolve))
}
