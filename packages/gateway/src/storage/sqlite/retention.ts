/** Forgets rows that are older than the owner wants to keep: at the start, then every hour, a small batch at a time. */
import type { Clock } from '@keywheel/keyring'
import type { UsageLog } from '../../usage/usage-log.ts'
import { cautiousWall } from './clock.ts'

export interface RetentionOptions {
  readonly log: Pick<UsageLog, 'forget'>
  readonly days: number
  readonly clock: Pick<Clock, 'now' | 'wallNow'>
  /** Rows deleted in one transaction, so that new rows never wait long. */
  readonly batchRows?: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export class Retention {
  readonly #options: RetentionOptions
  readonly #wallNow: () => number
  #dueAt = -Infinity

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#wallNow = cautiousWall(options.clock)
  }

  /** Deletes one batch when something is due; call it between other work. Gives the number of deleted rows. */
  run(): number {
    const { log, days, clock, batchRows = 1000 } = this.#options
    if (clock.now() < this.#dueAt) return 0
    const forgotten = log.forget(this.#wallNow() - days * dayMs, batchRows)
    if (forgotten < batchRows) this.#dueAt = clock.now() + hourMs
    return forgotten
  }
}
