import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openUsage } from '../src/storage/sqlite/open-usage.ts'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'

test('killed 24 times at any moment, every call that was accepted has one row and the database is sound', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-kill-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'keywheel.db')
  const { opened, settled } = await killOften(directory, 24)
  await (await openUsage({ dataDirectory: directory, retentionDays: 3650, announce: assert.fail })).close()
  const kept = new Map(readCalls(path, { limit: 1e6 }).map((row) => [row.id, row]))
  assert.ok(opened.size > 1000 && settled.size > 1000 && settled.size < opened.size)
  assert.deepEqual(
    [...opened].filter((id) => !kept.has(id)),
    [],
    'calls without a row',
  )
  for (const id of settled) assert.deepEqual([kept.get(id)?.end, kept.get(id)?.outputTokens, kept.get(id)?.status], ['answered', 20, 200])
  const ends = Object.groupBy(kept.values(), (row) => row.end)
  assert.deepEqual(Object.keys(ends).toSorted(), ['answered', 'interrupted'])
  const database = new DatabaseSync(path, { readOnly: true })
  assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok')
  assert.equal(database.prepare('SELECT count(*) AS n FROM open_calls').get()?.['n'], 0)
  database.close()
})

/** Starts a process on the data directory and kills it, so many times; gives the calls it had promised by then. */
async function killOften(directory: string, times: number) {
  const file = new URL('process/usage-child.ts', import.meta.url)
  const execArgv = process.execArgv.filter(isForChild)
  const lines: string[] = []
  for (let round = 0; round < times; round += 1) {
    const path = join(directory, `promises-${round}`)
    const promises = openSync(path, 'a')
    const child = fork(file, [directory, String(round)], { execArgv, stdio: ['ignore', promises, 'inherit', 'ipc'] })
    closeSync(promises)
    const exited = once(child, 'exit')
    const [begun] = await Promise.race([once(child, 'message'), exited])
    assert.equal(begun, 'begun')
    await new Promise((resolve) => setTimeout(resolve, seeded(round) * 100))
    child.kill('SIGKILL')
    assert.deepEqual(await exited, [null, 'SIGKILL'])
    // SIGKILL can cut a write in two where a page of the file ends: what stands behind the last line end was not promised.
    lines.push(...readFileSync(path, 'utf8').split('\n').slice(0, -1))
  }
  const idsOf = (letter: string) => new Set(lines.filter((line) => line.startsWith(letter)).map((line) => line.slice(2)))
  return { opened: idsOf('o'), settled: idsOf('s') }
}

/** The test runner's own flags would make the child a test runner. */
const isForChild = (argument: string, index: number, all: readonly string[]): boolean =>
  argument.startsWith('--conditions') || argument === '--import' || all[index - 1] === '--import'

/** A number in [0, 1) that looks random and is the same in every run. */
const seeded = (seed: number): number => Math.abs(Math.sin(seed * 78.233 + 1) * 1000) % 1
