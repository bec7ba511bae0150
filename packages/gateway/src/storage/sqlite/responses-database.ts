/** Kept answers in SQLite, in a file of their own: they hold what people say, and can be deleted without losing a count. */
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import type { KeptResponse } from '../../conversations/response-store.ts'
import { createPrivately, refuseUnsafe } from './sqlite-usage-log.ts'

const columns = 'caller, id, kept_at, previous_id, provider, key_id, is_translated, input, response, item_ids'

const schema = `
  CREATE TABLE IF NOT EXISTS responses (
    caller TEXT NOT NULL,
    id TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    previous_id TEXT,
    provider TEXT NOT NULL,
    key_id TEXT NOT NULL,
    is_translated INTEGER NOT NULL,
    input TEXT NOT NULL,
    response TEXT NOT NULL,
    item_ids TEXT NOT NULL,
    PRIMARY KEY (caller, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS responses_by_time ON responses (kept_at);
  CREATE TABLE IF NOT EXISTS response_items (
    caller TEXT NOT NULL,
    item_id TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (caller, item_id),
    FOREIGN KEY (caller, id) REFERENCES responses (caller, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS response_items_by_response ON response_items (caller, id);`

/** A conversation longer than this is not followed to its beginning; no model reads so much. */
const longestConversation = 10_000

interface Statements {
  readonly put: StatementSync
  readonly putItem: StatementSync
  readonly get: StatementSync
  readonly conversation: StatementSync
  readonly holding: StatementSync
  readonly delete: StatementSync
  readonly forget: StatementSync
}

type Cells = Readonly<Record<string, unknown>>

export class ResponsesDatabase {
  readonly #database: DatabaseSync
  readonly #statements: Statements

  /** Opens or creates the file, for the owner only. */
  constructor(path: string) {
    createPrivately(path)
    this.#database = new DatabaseSync(path)
    refuseUnsafe(this.#database)
    // Deleted answers are overwritten and not merely unlinked.
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON',
    )
    this.#database.exec(schema)
    this.#statements = prepare(this.#database)
  }

  /** An answer of the same id takes the place of the earlier one. */
  put(kept: KeptResponse): void {
    const { delete: remove, put, putItem } = this.#statements
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      remove.run(kept.caller, kept.id)
      put.run(...cellsOf(kept))
      for (const itemId of kept.itemIds) putItem.run(kept.caller, itemId, kept.id)
      this.#database.exec('COMMIT')
    } catch (error) {
      // A full disk has rolled back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  get(caller: string, id: string): KeptResponse | undefined {
    const cells = this.#statements.get.get(caller, id)
    return cells === undefined ? undefined : keptIn(cells)
  }

  conversation(caller: string, id: string): readonly KeptResponse[] | undefined {
    const rows = this.#statements.conversation.all(caller, id, longestConversation).map(keptIn)
    const [first] = rows
    return first === undefined || first.previousId !== undefined ? undefined : rows
  }

  holding(caller: string, itemIds: readonly string[]): readonly KeptResponse[] {
    return this.#statements.holding.all(caller, JSON.stringify(itemIds)).map(keptIn)
  }

  delete(caller: string, id: string): boolean {
    return Number(this.#statements.delete.run(caller, id).changes) > 0
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
  const kept = columns.replaceAll(/\b[a-z_]+\b/g, 'kept.$&')
  return {
    put: database.prepare(`INSERT INTO responses (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    putItem: database.prepare('INSERT OR REPLACE INTO response_items (caller, item_id, id) VALUES (?, ?, ?)'),
    get: database.prepare(`SELECT ${columns} FROM responses WHERE caller = ? AND id = ?`),
    conversation: database.prepare(
      `WITH RECURSIVE chain (caller, id, previous_id, depth) AS (
         SELECT caller, id, previous_id, 0 FROM responses WHERE caller = ?1 AND id = ?2
         UNION ALL
         SELECT earlier.caller, earlier.id, earlier.previous_id, chain.depth + 1
         FROM responses AS earlier JOIN chain ON earlier.caller = chain.caller AND earlier.id = chain.previous_id
         WHERE chain.depth < ?3
       )
       SELECT ${kept} FROM chain JOIN responses AS kept ON kept.caller = chain.caller AND kept.id = chain.id ORDER BY chain.depth DESC`,
    ),
    holding: database.prepare(
      `SELECT DISTINCT ${kept} FROM response_items AS item JOIN responses AS kept ON kept.caller = item.caller AND kept.id = item.id
       WHERE item.caller = ? AND item.item_id IN (SELECT value FROM json_each(?))`,
    ),
    delete: database.prepare('DELETE FROM responses WHERE caller = ? AND id = ?'),
    forget: database.prepare(
      'DELETE FROM responses WHERE rowid IN (SELECT rowid FROM responses WHERE kept_at < ? ORDER BY kept_at LIMIT ?)',
    ),
  }
}

function cellsOf(kept: KeptResponse): (string | number | null)[] {
  return [
    kept.caller,
    kept.id,
    Math.round(kept.keptAt),
    kept.previousId ?? null,
    kept.provider,
    kept.keyId,
    kept.isTranslated ? 1 : 0,
    kept.input,
    kept.response,
    JSON.stringify(kept.itemIds),
  ]
}

function keptIn(cells: Cells): KeptResponse {
  const { previous_id: previousId } = cells
  return {
    id: String(cells['id']),
    caller: String(cells['caller']),
    keptAt: Number(cells['kept_at']),
    ...(typeof previousId === 'string' && { previousId }),
    provider: String(cells['provider']),
    keyId: String(cells['key_id']),
    isTranslated: cells['is_translated'] === 1,
    input: String(cells['input']),
    response: String(cells['response']),
    itemIds: textsIn(String(cells['item_ids'])),
  }
}

function textsIn(json: string): readonly string[] {
  const list: unknown = JSON.parse(json)
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
}
