/** Looks into the database that a process has left. */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'

/** Nothing in it is damaged, and no call is left open. */
export function assertSound(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true })
  const found = database.prepare('PRAGMA integrity_check').all()
  assert.deepEqual(
    found.map((row) => row['integrity_check']),
    ['ok'],
  )
  assert.equal(database.prepare('SELECT count(*) AS open FROM open_calls').get()?.['open'], 0)
  database.close()
}
