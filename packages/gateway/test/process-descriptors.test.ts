import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answer, openSimulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import { openCaller } from './process/client.ts'
import { runKeywheel } from './process/keywheel.ts'
import { assertEachAnswered, runLoad, tellingText, timesIn } from './process/load.ts'
import { until } from './process/until.ts'

/** What the process has open; a descriptor that closes while it is looked at is left out. */
function openFiles(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
    } catch {
      return []
    }
  })
}

function withoutSockets(files: readonly string[]): readonly string[] {
  return files.filter((file) => !file.startsWith('socket:')).toSorted()
}

const skip = process.platform !== 'linux' && 'descriptors are read from /proc'

test('a thousand calls leave no descriptor open, and a thousand rows', { skip }, async (t) => {
  const upstream = await openSimulator({ otherKeys: { reply: answer({ text: tellingText }) }, rememberCalls: 10 })
  t.after(() => upstream.close())
  const program = await runKeywheel(t, { env: { ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: 'alpha-key-000000000001' } })
  const before = openFiles(program.pid)
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  let begun = 0
  const asked = await runLoad({ caller, model: 'alpha/m', concurrency: 10, goesOn: () => begun++ < 1000 })
  t.diagnostic(`${asked.length} calls: ${timesIn(asked)}`)
  assertEachAnswered(asked)
  assert.equal(asked.length, 1000)
  const after = openFiles(program.pid)
  assert.deepEqual(withoutSockets(after), withoutSockets(before))
  assert.ok(after.length <= before.length + 2 * 10 + 5, `${before.length} before, ${after.length} with ten callers connected`)
  caller.close()
  await upstream.close()
  await until('all sockets to be closed', () => openFiles(program.pid).length === before.length)
  t.diagnostic(`${before.length} descriptors before and after`)
  program.kill('SIGTERM')
  await program.exited
  const rows = readCalls(join(program.directory, 'data', 'keywheel.db'), { limit: 10_000 })
  assert.equal(rows.filter(({ end }) => end === 'answered').length, 1000)
})
