/** Keeps the health of providers on the usage writer's thread: rows wait for its next round and are written together. */
import type { HealthRow } from '../../fleet/health/health-history.ts'
import { writerClock } from './clock.ts'
import { Retention } from './retention.ts'
import { SqliteHealthLog } from './sqlite-health-log.ts'

export interface HealthKeeperOptions {
  /** The database of the usage log, which has made its tables. */
  readonly path: string
  readonly retentionDays: number
}

/** Rows that wait for a disk that is full; the oldest are given up beyond. */
const mostWaiting = 10_000

export class HealthKeeper {
  readonly #options: HealthKeeperOptions
  #waiting: HealthRow[] = []
  /** Opened when it is first needed: most short runs never do. */
  #open: { readonly log: SqliteHealthLog; readonly retention: Retention } | undefined

  constructor(options: HealthKeeperOptions) {
    this.#options = options
  }

  put(rows: readonly HealthRow[]): void {
    this.#waiting.push(...rows)
    if (this.#waiting.length > mostWaiting) this.#waiting = this.#waiting.slice(-mostWaiting)
  }

  read(since: number, provider?: string): readonly HealthRow[] {
    this.#write()
    return this.#log.read(since, provider)
  }

  /** One round: writes what waits, and forgets a batch of what is too old. */
  run(): void {
    if (this.#waiting.length > 0) this.#write()
    this.#open?.retention.run()
  }

  close(): void {
    if (this.#waiting.length > 0) this.#write()
    this.#open?.log.close()
  }

  #write(): void {
    this.#log.put(this.#waiting)
    this.#waiting = []
  }

  get #log(): SqliteHealthLog {
    if (this.#open !== undefined) return this.#open.log
    const log = new SqliteHealthLog(this.#options.path)
    this.#open = { log, retention: new Retention({ log, days: this.#options.retentionDays, clock: writerClock }) }
    return log
  }
}
