/** The health of all providers in one place: watched, probed where the owner wants it, and kept. */
import type { HealthHistory, HealthRow } from './health-history.ts'
import type { HealthSnapshot, HealthWatch } from './health-watch.ts'
import type { Probes } from './probes.ts'

export interface FleetHealthParts {
  readonly watch: HealthWatch
  readonly probes: Probes
  readonly history: HealthHistory
  /** Whether probes are made without being asked for. */
  readonly probesByItself: boolean
  readonly intervalMs: number
}

/** What the watching itself is doing. */
export interface WatchFacts {
  readonly providers: number
  readonly probes: boolean
  readonly intervalMs: number
  readonly isRunning: boolean
}

export class FleetHealth {
  readonly #parts: FleetHealthParts
  #isRunning = true

  constructor(parts: FleetHealthParts) {
    this.#parts = parts
  }

  start(): void {
    if (this.#parts.probesByItself) this.#parts.probes.start()
  }

  has(provider: string): boolean {
    return this.#parts.watch.has(provider)
  }

  snapshot(): HealthSnapshot {
    return this.#parts.watch.snapshot()
  }

  statuses(): ReturnType<HealthWatch['statuses']> {
    return this.#parts.watch.statuses()
  }

  /** Probes this provider, or all; gives the names of those that were. The owner may have kept some out of it. */
  async refresh(provider?: string): Promise<readonly string[]> {
    const { probes } = this.#parts
    if (provider === undefined) await probes.round()
    else if (probes.providers.includes(provider)) await probes.probe(provider)
    return probes.providers.filter((each) => provider === undefined || each === provider)
  }

  history(since: number, provider?: string): Promise<readonly HealthRow[]> {
    this.#parts.watch.flush()
    return this.#parts.history.read(since, provider)
  }

  get facts(): WatchFacts {
    const { probesByItself: probes, intervalMs, watch } = this.#parts
    return { providers: watch.snapshot().providers.length, probes, intervalMs, isRunning: this.#isRunning }
  }

  /** Before the history's own end, so that the last minute is in it. */
  close(): void {
    this.#isRunning = false
    this.#parts.probes.close()
    this.#parts.watch.flush()
  }
}
