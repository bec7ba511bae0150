import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { answer, openSimulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import { openCaller, question } from './process/client.ts'
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

const isSocket = (file: string): boolean => file.startsWith('socket:')

/** Sockets are counted, files told by name. */
function openIn(pid: number): { readonly sockets: number; readonly files: readonly string[] } {
  const all = openFiles(pid)
  return { sockets: all.filter(isSocket).length, files: all.filter((file) => !isSocket(file)).toSorted() }
}

const skip = process.platform !== 'linux' && 'descriptors are read from /proc'

test('a thousand calls leave no descriptor open, and a thousand rows', { skip }, async (t) => {
  const upstream = await openSimulator({ otherKeys: { reply: answer({ text: tellingText }) }, rememberCalls: 10 })
  t.after(() => upstream.close())
  const program = await runKeywheel(t, { env: { ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: 'alpha-key-000000000001' } })
  const { sockets } = openIn(program.pid)
  const path = join(program.directory, 'data', 'keywheel.db')
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  await caller.chat(question('the first'))
  await until('the first row, by which all files are open', () => readCalls(path, { limit: 10 }).length === 1)
  const files = await until('two equal looks', async () => {
    const { files: once } = openIn(program.pid)
    await pause(20)
    return isDeepStrictEqual(openIn(program.pid).files, once) && once
  })
  let begun = 0
  const asked = await runLoad({ caller, model: 'alpha/m', concurrency: 10, goesOn: () => begun++ < 1000 })
  t.diagnostic(`${asked.length} calls: ${timesIn(asked)}`)
  assertEachAnswered(asked)
  assert.equal(asked.length, 1000)
  const connected = openIn(program.pid).sockets
  assert.ok(connected <= sockets + 2 * 10 + 5, `${connected} sockets with ten callers connected`)
  caller.close()
  await upstream.close()
  // The journal is opened for a moment several times a second, while it is taken over.
  await until('what was open before, and no more', () => isDeepStrictEqual(openIn(program.pid), { sockets, files }))
  t.diagnostic(`${files.length} files and ${sockets} sockets before and after`)
  program.kill('SIGTERM')
  await program.exited
  const rows = readCalls(path, { limit: 10_000 })
  assert.equal(rows.filter(({ end }) => end === 'answered').length, 1001)
})
