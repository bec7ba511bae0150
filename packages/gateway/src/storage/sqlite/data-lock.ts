/**
 * One process per data directory. The lock is SQLite's own on an empty database, held in a transaction that never ends: the
 * operating system lets go of it when the process dies, however it dies, so nothing stale is ever left to be judged.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createPrivately } from './sqlite-usage-log.ts'

export interface DataLock {
  release(): void
}

/** Throws when another process, or this one, holds the directory. */
export function lockDataDirectory(dataDirectory: string): DataLock {
  const path = join(dataDirectory, 'keywheel.lock')
  createPrivately(path)
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw new Error(`The data directory ${dataDirectory} is in use by another Keywheel. Stop it, or choose another data directory.`, {
      cause: error,
    })
  }
  return { release: () => database.close() }
}
