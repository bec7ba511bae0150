/**
 * How every provider is, from what its calls and probes come to: the one writer of all records. Whoever reads gets plain data made
 * in one go, so that no reader sees half of a change.
 */
import { isFault } from '@keywheel/keyring'
import type { Clock, FailureReason } from '@keywheel/keyring'
import type { EventBus } from '../../domain/events.ts'
import { inBatch } from '../../domain/usage.ts'
import type { HealthHistory, HealthRow } from './health-history.ts'
import { HealthRecord } from './health-record.ts'
import type { Moment, ProbeResult } from './health-record.ts'
import type { ProviderHealth, ProviderStatus } from './provider-health.ts'

export interface HealthWatchOptions {
  readonly providers: readonly string[]
  readonly clock: Clock
  /** A probe that takes longer means that the provider is degraded. */
  readonly slowMs: number
  readonly history: HealthHistory
}

/** All providers at one moment. */
export interface HealthSnapshot {
  /** Since the Unix epoch. */
  readonly at: number
  readonly providers: readonly ProviderHealth[]
}

interface Watched {
  readonly record: HealthRecord
  /** As last written down. */
  status: ProviderStatus
  /** The minute that the last written row of calls is about. */
  minute: number
  /** What has happened since is in no row yet. */
  isDirty: boolean
}

const minuteMs = 60_000
const limits: ReadonlySet<FailureReason> = new Set(['rate-limited', 'quota-exhausted'])

export class HealthWatch {
  readonly #clock: Clock
  readonly #history: HealthHistory
  readonly #watched: ReadonlyMap<string, Watched>

  constructor({ providers, clock, slowMs, history }: HealthWatchOptions) {
    this.#clock = clock
    this.#history = history
    const watch = (): Watched => ({ record: new HealthRecord(slowMs), status: 'unknown', minute: -1, isDirty: false })
    this.#watched = new Map(providers.map((provider) => [provider, watch()]))
  }

  /** From now on every attempt counts. A file descriptor that this machine lacks is not the provider's fault. */
  listen(bus: EventBus): void {
    bus.on('attempt.committed', ({ provider, model, tookMs }) => {
      this.#called(provider, (record, when) => record.answered(model, tookMs, when))
    })
    bus.on('attempt.failed', ({ provider, model, reason, message, note }) => {
      if (reason === undefined || note === inBatch) return
      if (limits.has(reason)) this.#called(provider, (record, when) => record.limited(when))
      else if (isFault(reason) && reason !== 'not-sent') this.#called(provider, (record, when) => record.failed(model, message, when))
    })
    bus.on('call.settled', ({ record: { end, provider = '', model = '', reason } }) => {
      if (end !== 'broken' || reason === undefined || !isFault(reason)) return
      this.#called(provider, (record, when) => record.failed(model, `An answer broke off after it had begun (${reason}).`, when))
    })
    bus.on('target.rested', ({ provider, model, forMs }) => {
      this.#called(provider, (record, { now }) => record.rested(model, forMs, now))
    })
    bus.on('target.returned', ({ provider, model }) => {
      this.#called(provider, (record, { now }) => record.returned(model, now))
    })
  }

  /** Every probe has a row of its own. */
  probed(provider: string, result: ProbeResult): void {
    const watched = this.#watched.get(provider)
    if (watched === undefined) return
    const when = this.#moment()
    watched.record.probed(result, when)
    this.#write(provider, watched, when.wall)
  }

  has(provider: string): boolean {
    return this.#watched.has(provider)
  }

  snapshot(): HealthSnapshot {
    const { now, wall } = this.#moment()
    return { at: wall, providers: [...this.#watched].map(([provider, { record }]) => record.health(provider, now)) }
  }

  /** Statuses alone, which cost little. */
  *statuses(): Generator<{ readonly provider: string; readonly status: ProviderStatus }> {
    const now = this.#clock.now()
    for (const [provider, { record }] of this.#watched) yield { provider, status: record.status(now) }
  }

  /** Writes down the minute under way: before the history is read, and at the end. */
  flush(): void {
    for (const [provider, watched] of this.#watched) if (watched.isDirty) this.#writeMinute(provider, watched)
  }

  /**
   * A minute with calls has one row: begun with the first of them, so that a crash leaves something, and written anew when the next
   * minute's first call comes. A change of the status has a row at once.
   */
  #called(provider: string, change: (record: HealthRecord, when: Moment) => void): void {
    const watched = this.#watched.get(provider)
    if (watched === undefined) return
    const when = this.#moment()
    const minute = Math.floor(when.wall / minuteMs)
    if (watched.isDirty && minute !== watched.minute) this.#writeMinute(provider, watched)
    change(watched.record, when)
    if (watched.record.status(when.now) !== watched.status) this.#write(provider, watched, when.wall)
    watched.isDirty = true
    if (minute === watched.minute) return
    watched.minute = minute
    this.#writeMinute(provider, watched)
    watched.isDirty = false
  }

  #writeMinute(provider: string, watched: Watched): void {
    this.#write(provider, watched, watched.minute * minuteMs)
    watched.isDirty = false
  }

  #write(provider: string, watched: Watched, createdAt: number): void {
    const health = watched.record.health(provider, this.#clock.now())
    watched.status = health.status
    const { lastCheckAt } = health
    if (lastCheckAt === undefined) return
    const row: HealthRow = { ...health, lastCheckAt, createdAt }
    this.#history.put([row])
  }

  #moment(): Moment {
    return { now: this.#clock.now(), wall: this.#clock.wallNow() }
  }
}
