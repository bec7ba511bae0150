/** The tables of `keywheel.db`, and how an older file becomes a newer one. */
import type { DatabaseSync } from 'node:sqlite'

/** Columns of `calls` and `open_calls`, in the order of binding; named as in `CallRow`, with underscores. */
const callColumns = `
  id TEXT PRIMARY KEY NOT NULL,
  started_at INTEGER NOT NULL,
  operation TEXT NOT NULL,
  dialect TEXT NOT NULL,
  asked TEXT NOT NULL,
  stream INTEGER NOT NULL,
  caller TEXT NOT NULL,
  "end" TEXT NOT NULL,
  status INTEGER,
  reason TEXT,
  provider TEXT,
  model TEXT,
  key_id TEXT,
  route TEXT,
  total_ms REAL,
  first_content_ms REAL,
  upstream_ms REAL,
  input_tokens INTEGER,
  cache_read_tokens INTEGER,
  cache_write_tokens INTEGER,
  output_tokens INTEGER,
  reasoning_tokens INTEGER,
  usage_source TEXT,
  attempts TEXT NOT NULL,
  terminator TEXT,
  passed_through INTEGER
`

/** Each brings a file of its index to the next version. Never change one that has shipped; add another. */
const migrations: readonly string[] = [
  `CREATE TABLE calls (${callColumns}) STRICT, WITHOUT ROWID;
   CREATE INDEX calls_by_time ON calls (started_at);
   CREATE TABLE open_calls (
     id TEXT PRIMARY KEY NOT NULL,
     segment INTEGER NOT NULL,
     started_at INTEGER NOT NULL,
     operation TEXT NOT NULL,
     dialect TEXT NOT NULL,
     asked TEXT NOT NULL,
     stream INTEGER NOT NULL,
     caller TEXT NOT NULL
   ) STRICT;
   CREATE TABLE journal_cursor (one INTEGER PRIMARY KEY CHECK (one = 1), segment INTEGER NOT NULL, offset INTEGER NOT NULL) STRICT;
   INSERT INTO journal_cursor VALUES (1, 0, 0);`,
  `CREATE TABLE provider_health_checks (
     id INTEGER PRIMARY KEY NOT NULL,
     provider_name TEXT NOT NULL,
     status TEXT NOT NULL,
     response_time_ms REAL NOT NULL,
     uptime_percent REAL NOT NULL,
     rate_limit_percent REAL NOT NULL,
     last_check_timestamp INTEGER NOT NULL,
     error_message TEXT,
     consecutive_failures INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     UNIQUE (provider_name, created_at)
   ) STRICT;
   CREATE INDEX provider_health_by_check ON provider_health_checks (provider_name, last_check_timestamp);
   CREATE INDEX provider_health_by_time ON provider_health_checks (created_at);`,
]

/** Brings the file up to date; throws when a newer Keywheel has written it. */
export function migrate(database: DatabaseSync): void {
  database.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY NOT NULL) STRICT')
  const found = versionOf(database)
  if (found > migrations.length) {
    throw new Error(`The database was written by a newer Keywheel (schema ${found}, this one knows ${migrations.length}). Update Keywheel.`)
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < found) continue
    database.exec(`BEGIN IMMEDIATE; ${sql} INSERT INTO schema_version VALUES (${index + 1}); COMMIT`)
  }
}

function versionOf(database: DatabaseSync): number {
  const version = database.prepare('SELECT max(version) AS version FROM schema_version').get()?.['version']
  return typeof version === 'number' ? version : 0
}

/** Whether this SQLite is free of the bug that corrupts a WAL being reset, present from 3.7.0 to 3.51.2. */
export function isSafeSqlite(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major * 1_000_000 + minor * 1000 + patch >= 3_051_003
}
