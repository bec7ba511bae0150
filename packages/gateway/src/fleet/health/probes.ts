/** Asks providers for their list of models, now and then and when told to: a few at a time, each at most once at a time. */
import type { Chance, Clock, Timer } from '@keywheel/keyring'
import { within } from '../../domain/within.ts'
import type { ProbeResult } from './health-record.ts'

/** A provider's answer to a probe; how long it took is measured here. */
export type ProbeAnswer = Omit<ProbeResult, 'tookMs'>

export interface ProbesOptions {
  /** Those that may be probed. */
  readonly providers: readonly string[]
  /** Asks one provider. */
  readonly ask: (provider: string, signal: AbortSignal) => Promise<ProbeAnswer>
  /** Hears each result. */
  readonly heard: (provider: string, result: ProbeResult) => void
  readonly clock: Clock
  readonly chance: Chance
  readonly intervalMs: number
  readonly timeoutMs: number
  /** How many are asked at once. */
  readonly concurrency: number
}

/** A list asked for less than this ago is not asked for again by a round of its own accord. */
const freshForMs = 60_000
/** Gateways that were started together shall not ask together. */
const jitter = 0.1

export class Probes {
  readonly #options: ProbesOptions
  readonly #underWay = new Map<string, Promise<void>>()
  readonly #askedAt = new Map<string, number>()
  readonly #waiting: (() => void)[] = []
  readonly #closing = new AbortController()
  #free: number
  #round: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(options: ProbesOptions) {
    this.#options = options
    this.#free = options.concurrency
  }

  get providers(): readonly string[] {
    return this.#options.providers
  }

  /** The first round at once, then one in each interval. */
  start(): void {
    const { clock, chance, intervalMs, providers } = this.#options
    if (this.#closing.signal.aborted) return
    const due = providers.filter((provider) => clock.now() - (this.#askedAt.get(provider) ?? -Infinity) >= freshForMs)
    void this.round(due)
    this.#timer = clock.after(intervalMs * (1 + jitter * (2 * chance() - 1)), () => this.start())
  }

  /** Asks all, or these. Where a round is under way it is joined. Resolves when it is done; never rejects. */
  round(providers: readonly string[] = this.#options.providers): Promise<void> {
    this.#round ??= Promise.all(providers.map((provider) => this.probe(provider))).then(() => {
      this.#round = undefined
    })
    return this.#round
  }

  /** Asks one. Where it is being asked, or waits for its turn, that is joined. */
  probe(provider: string): Promise<void> {
    const known = this.#underWay.get(provider)
    if (known !== undefined) return known
    const asked = this.#inTurn(provider).finally(() => this.#underWay.delete(provider))
    this.#underWay.set(provider, asked)
    return asked
  }

  /** What is under way is given up and heard by nobody. */
  close(): void {
    this.#timer?.cancel()
    this.#closing.abort()
    for (const go of this.#waiting.splice(0)) go()
  }

  async #inTurn(provider: string): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((go) => this.#waiting.push(go))
    await this.#askNow(provider)
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }

  async #askNow(provider: string): Promise<void> {
    const { clock, timeoutMs, ask, heard } = this.#options
    const closing = this.#closing.signal
    if (closing.aborted) return
    const startedAt = clock.now()
    this.#askedAt.set(provider, startedAt)
    const answer = await within({ clock, timeoutMs, closing }, (signal) => ask(provider, signal)).catch(brokenProbe)
    if (!closing.aborted) heard(provider, { ...answer, tookMs: clock.now() - startedAt })
  }
}

/** `ask` tells of failures with values; what it throws is a bug, and no reason to leave the others unheard. */
function brokenProbe(error: unknown): ProbeAnswer {
  return { is: 'refused', message: `The probe could not be made: ${error instanceof Error ? error.message : 'unknown error'}` }
}
