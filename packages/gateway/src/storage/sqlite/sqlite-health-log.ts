/** The health of providers over time, in the database of the usage log: read and written on the usage writer's thread. */
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import { providerStatuses } from '../../fleet/health/provider-health.ts'
import type { HealthRow } from '../../fleet/health/health-history.ts'

const columns =
  'provider_name, status, response_time_ms, uptime_percent, rate_limit_percent, last_check_timestamp, error_message, consecutive_failures, created_at'

/** More rows than this are a burden to whoever reads them. */
const mostRows = 100_000

interface Statements {
  readonly put: StatementSync
  readonly all: StatementSync
  readonly one: StatementSync
  readonly forget: StatementSync
}

export class SqliteHealthLog {
  readonly #database: DatabaseSync
  readonly #statements: Statements

  /** @param path of a database that the usage log has opened before: it makes the tables. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec('PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 0')
    this.#statements = prepare(this.#database)
  }

  /** All or none. */
  put(rows: readonly HealthRow[]): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      for (const row of rows) this.#statements.put.run(...cellsOf(row))
      this.#database.exec('COMMIT')
    } catch (error) {
      // A full disk has rolled back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** By time; the newest where there are too many. */
  read(since: number, provider?: string): readonly HealthRow[] {
    const { all, one } = this.#statements
    const cells = provider === undefined ? all.all(since, mostRows) : one.all(provider, since, mostRows)
    return cells.map(rowIn).toReversed()
  }

  /** Deletes a batch of what is older; gives how many they were. */
  forget(beforeWallMs: number, limit: number): number {
    return Number(this.#statements.forget.run(beforeWallMs, limit).changes)
  }

  close(): void {
    this.#database.close()
  }
}

function prepare(database: DatabaseSync): Statements {
  const newest = 'ORDER BY last_check_timestamp DESC, id DESC LIMIT ?'
  return {
    put: database.prepare(`INSERT OR REPLACE INTO provider_health_checks (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    all: database.prepare(`SELECT ${columns} FROM provider_health_checks WHERE last_check_timestamp >= ? ${newest}`),
    one: database.prepare(`SELECT ${columns} FROM provider_health_checks WHERE provider_name = ? AND last_check_timestamp >= ? ${newest}`),
    forget: database.prepare(
      'DELETE FROM provider_health_checks WHERE id IN (SELECT id FROM provider_health_checks WHERE created_at < ? ORDER BY created_at LIMIT ?)',
    ),
  }
}

function cellsOf(row: HealthRow): (string | number | null)[] {
  return [
    row.provider,
    row.status,
    row.responseTimeMs,
    row.uptimePercent,
    row.rateLimitPercent,
    Math.round(row.lastCheckAt),
    row.errorMessage ?? null,
    row.consecutiveFailures,
    Math.round(row.createdAt),
  ]
}

function rowIn(cells: Readonly<Record<string, unknown>>): HealthRow {
  const { error_message: message } = cells
  return {
    provider: String(cells['provider_name']),
    status: providerStatuses.find((status) => status === cells['status']) ?? 'unknown',
    responseTimeMs: Number(cells['response_time_ms']),
    uptimePercent: Number(cells['uptime_percent']),
    rateLimitPercent: Number(cells['rate_limit_percent']),
    lastCheckAt: Number(cells['last_check_timestamp']),
    errorMessage: typeof message === 'string' ? message : undefined,
    consecutiveFailures: Number(cells['consecutive_failures']),
    createdAt: Number(cells['created_at']),
  }
}
