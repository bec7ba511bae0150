/** The usage log in SQLite: one writer connection, WAL, statements prepared once. */
import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { CallRow } from '../../usage/call-row.ts'
import type { JournalBatch, JournalCursor, UsageLog } from '../../usage/usage-log.ts'
import { isSafeSqlite, migrate } from './schema.ts'

interface Statements {
  readonly keep: StatementSync
  readonly open: StatementSync
  readonly unopen: StatementSync
  readonly move: StatementSync
  readonly cursor: StatementSync
  readonly interrupt: StatementSync
  readonly unopenOld: StatementSync
  readonly forget: StatementSync
}

export class SqliteUsageLog implements UsageLog {
  readonly #database: DatabaseSync
  readonly #statements: Statements
  #cursor: JournalCursor

  /** Opens or creates the file, for the owner only. */
  constructor(path: string) {
    createPrivately(path)
    this.#database = new DatabaseSync(path)
    refuseUnsafe(this.#database)
    // Rows of 200 bytes fill large pages better: a quarter less on the disk and fewer writes.
    // NORMAL survives the death of the process; the journal is deleted only after a checkpoint, which syncs.
    this.#database.exec(
      'PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 0',
    )
    migrate(this.#database)
    this.#statements = prepare(this.#database)
    this.#cursor = cursorIn(this.#statements.cursor)
  }

  get cursor(): JournalCursor {
    return this.#cursor
  }

  append(batch: JournalBatch): void {
    const { keep, open, unopen, move } = this.#statements
    this.#transaction(() => {
      for (const row of batch.opened) open.run(...openingCells(row, batch.cursor.segment))
      for (const row of batch.settled) keep.run(...cells(row))
      for (const id of batch.closed) unopen.run(id)
      move.run(batch.cursor.segment, batch.cursor.offset)
    })
    this.#cursor = batch.cursor
  }

  interrupt(beforeSegment: number): number {
    return this.#transaction(() => {
      const { changes } = this.#statements.interrupt.run(beforeSegment)
      this.#statements.unopenOld.run(beforeSegment)
      return Number(changes)
    })
  }

  forget(beforeWallMs: number, limit: number): number {
    return Number(this.#statements.forget.run(beforeWallMs, limit).changes)
  }

  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  close(): void {
    this.#database.close()
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      // A full disk has rolled back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

/** SQLite gives its files the permissions of the database; it would create that one readable for all. */
export function createPrivately(path: string): void {
  // Never opens a file that exists: closing it again would drop this process's locks on it (POSIX fcntl).
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
}

export function refuseUnsafe(database: DatabaseSync): void {
  const version = String(database.prepare('SELECT sqlite_version() AS version').get()?.['version'])
  if (!isSafeSqlite(version)) throw new Error(`SQLite ${version} can corrupt databases; 3.51.3 is needed. Update Node.js.`)
}

const openingColumns = 'id, started_at, operation, dialect, asked, stream, caller'

function prepare(database: DatabaseSync): Statements {
  return {
    keep: database.prepare(`INSERT INTO calls VALUES (${Array(26).fill('?').join(', ')}) ON CONFLICT (id) DO NOTHING`),
    open: database.prepare(
      `INSERT INTO open_calls (segment, ${openingColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    unopen: database.prepare('DELETE FROM open_calls WHERE id = ?'),
    move: database.prepare('UPDATE journal_cursor SET segment = ?, offset = ?'),
    cursor: database.prepare('SELECT segment, offset FROM journal_cursor'),
    interrupt: database.prepare(
      `INSERT INTO calls (${openingColumns}, "end", attempts)
       SELECT ${openingColumns}, 'interrupted', '[]' FROM open_calls WHERE segment < ? ON CONFLICT (id) DO NOTHING`,
    ),
    unopenOld: database.prepare('DELETE FROM open_calls WHERE segment < ?'),
    forget: database.prepare('DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE started_at < ? ORDER BY started_at LIMIT ?)'),
  }
}

function cursorIn(statement: StatementSync): JournalCursor {
  const row = statement.get()
  return { segment: Number(row?.['segment'] ?? 0), offset: Number(row?.['offset'] ?? 0) }
}

function openingCells(row: CallRow, segment: number): SQLInputValue[] {
  return [segment, row.id, whole(row.startedAt), row.operation, row.dialect, row.asked, row.stream, row.caller]
}

function cells(row: CallRow): SQLInputValue[] {
  return [
    row.id,
    whole(row.startedAt),
    row.operation,
    row.dialect,
    row.asked,
    row.stream,
    row.caller,
    row.end,
    whole(row.status),
    row.reason,
    row.provider,
    row.model,
    row.keyId,
    row.route,
    row.totalMs,
    row.firstContentMs,
    row.upstreamMs,
    whole(row.inputTokens),
    whole(row.cacheReadTokens),
    whole(row.cacheWriteTokens),
    whole(row.outputTokens),
    whole(row.reasoningTokens),
    row.usageSource,
    row.attempts,
    row.terminator,
    row.passedThrough,
  ]
}

/** A strict INTEGER column refuses 0.5, and one refused row would hold up all that follow it. */
function whole(value: number): number
function whole(value: number | null): number | null
function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value)
}
