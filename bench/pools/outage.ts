/** A provider that is down for a minute at 200 calls a second: what reaches it meanwhile, and how soon all is well again (F57). */
import { Keyring, pursue } from '@keywheel/keyring'
import type { AttemptAsk, Chance, Millis, Outcome, Plan, Target } from '@keywheel/keyring'
import { defaultProvider, defaultRetry } from '../../packages/gateway/src/config/defaults.ts'
import { exponential, lognormal, seededChance } from './chance.ts'
import { HeapClock } from './heap-clock.ts'

export interface OutageResult {
  /** Requests to the broken provider during the outage, by the calls that came in that time. */
  readonly loadShare: number
  /** Requests to all providers, by the same. */
  readonly allLoadShare: number
  /** Until 95 % of the calls of each second are answered for good. */
  readonly recoveryMs: Millis
  /** Until 95 % of the calls of each second are answered by the provider that broke. */
  readonly returnMs: Millis
  /** Of the calls that came during the outage. */
  readonly answeredDuring: number
  readonly answeredAfter: number
}

export interface OutagePlan {
  readonly seed: number
  readonly hasFallback: boolean
  /** The part of requests that fail during the outage. */
  readonly failing: number
  /** Calls each second. */
  readonly rate: number
}

const outage = { from: 120_000, to: 180_000 } as const
const endsAt: Millis = 300_000
const bucketMs: Millis = 1000
const goodShare = 0.95

interface Bucket {
  calls: number
  answered: number
  answeredByFirst: number
}

export async function runOutage(plan: OutagePlan): Promise<OutageResult> {
  const play = new OutagePlay(plan)
  await play.run()
  return play.result()
}

class OutagePlay {
  readonly #clock = new HeapClock(Date.UTC(2026, 0, 1, 12), 0)
  readonly #chance: Chance
  readonly #rate: number
  readonly #failing: number
  readonly #keyring: Keyring<string>
  readonly #targets: readonly Target[]
  readonly #buckets: Bucket[] = Array.from({ length: endsAt / bucketMs }, () => ({ calls: 0, answered: 0, answeredByFirst: 0 }))
  readonly #requests = { first: 0, all: 0 }
  #open = 0
  #isOver = false

  constructor({ seed, hasFallback, failing, rate }: OutagePlan) {
    this.#chance = seededChance(seed, 'outage')
    this.#rate = rate
    this.#failing = failing
    const names = hasFallback ? ['first', 'second'] : ['first']
    this.#targets = names.map((pool) => ({ pool, model: 'model' }))
    this.#keyring = new Keyring({
      clock: this.#clock,
      chance: seededChance(seed, 'keyring'),
      pools: names.map((name) => ({
        name,
        settings: defaultProvider,
        keys: Array.from({ length: 5 }, (_, index) => ({ id: `${name}-${index}`, credential: name, label: name, priority: 1 })),
      })),
    })
  }

  async run(): Promise<void> {
    this.#arrive()
    await this.#clock.runUntil(() => this.#isOver && this.#open === 0, true)
  }

  result(): OutageResult {
    const during = this.#buckets.slice(outage.from / bucketMs, outage.to / bucketMs)
    const after = this.#buckets.slice(outage.to / bucketMs)
    const offered = sumOf(during, 'calls')
    return {
      loadShare: this.#requests.first / offered,
      allLoadShare: this.#requests.all / offered,
      recoveryMs: recovered(after, 'answered'),
      returnMs: recovered(after, 'answeredByFirst'),
      answeredDuring: sumOf(during, 'answered') / offered,
      answeredAfter: sumOf(after, 'answered') / sumOf(after, 'calls'),
    }
  }

  #arrive(): void {
    this.#clock.after(exponential(this.#chance, 1000 / this.#rate), () => {
      const bucket = this.#buckets[Math.floor(this.#clock.now() / bucketMs)]
      this.#isOver = bucket === undefined
      if (bucket === undefined) return
      void this.#answer(bucket)
      this.#arrive()
    })
  }

  async #answer(bucket: Bucket): Promise<void> {
    const chance = this.#chance
    bucket.calls += 1
    this.#open += 1
    const plan: Plan<Target> = { targets: this.#targets, deadlineMs: 30_000 }
    const pursued = await pursue<Target, string, string>(plan, (ask) => this.#request(ask), {
      keyring: this.#keyring,
      limits: defaultRetry,
      clock: this.#clock,
      chance,
      signal: new AbortController().signal,
    })
    this.#open -= 1
    if (pursued.kind === 'failed') return
    bucket.answered += 1
    if (pursued.target.pool === 'first') bucket.answeredByFirst += 1
    await this.#sleep(lognormal(chance, 2000, 0.7))
    pursued.finish({})
  }

  async #request({ target }: AttemptAsk<Target, string>): Promise<Outcome<string>> {
    const chance = this.#chance
    const now = this.#clock.now()
    if (outage.from <= now && now < outage.to) {
      this.#requests.all += 1
      if (target.pool === 'first') this.#requests.first += 1
      if (target.pool === 'first' && chance() < this.#failing) return await this.#fail()
    }
    await this.#sleep(lognormal(chance, 700, 0.6))
    return { kind: 'committed', answer: target.pool }
  }

  async #fail(): Promise<Outcome<string>> {
    const chance = this.#chance
    await this.#sleep(lognormal(chance, 80, 0.4))
    return { kind: 'failed', failure: { reason: 'overloaded', message: 'overloaded', status: chance() < 0.5 ? 503 : 529, sent: 'yes' } }
  }

  #sleep(ms: Millis): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve))
  }
}

/** From the first bucket on: until the share is good, and stays so. */
function recovered(after: readonly Bucket[], field: 'answered' | 'answeredByFirst'): Millis {
  const lastBad = after.findLastIndex((bucket) => bucket[field] < goodShare * bucket.calls)
  return (lastBad + 1) * bucketMs
}

function sumOf(buckets: readonly Bucket[], field: keyof Bucket): number {
  return buckets.reduce((sum, bucket) => sum + bucket[field], 0)
}
