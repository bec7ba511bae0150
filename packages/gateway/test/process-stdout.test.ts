import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, closedPort, openSimulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import { openCaller } from './process/client.ts'
import type { Caller } from './process/client.ts'
import { startKeywheel, temporaryDirectory } from './process/keywheel.ts'
import type { Program } from './process/keywheel.ts'
import { assertEachAnswered, quantile, runLoad, tellingText } from './process/load.ts'
import { metricIn } from './process/metrics.ts'
import { until } from './process/until.ts'

const skip = spawnSync('mkfifo', ['--version']).status !== 0 && 'mkfifo is missing'

interface Piped {
  readonly program: Program
  readonly caller: Caller
  /** The reader's end; nobody reads from it unless a test does. */
  readonly reader: number
}

/** The program, printing all it can into a pipe. */
async function openPiped(t: TestContext, meet: (reader: number) => void = () => undefined): Promise<Piped> {
  const upstream = await openSimulator({ otherKeys: { reply: answer({ text: tellingText }) }, rememberCalls: 10 })
  t.after(() => upstream.close())
  const path = join(temporaryDirectory(t), 'pipe')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stdout = openSync(path, constants.O_WRONLY)
  const port = await closedPort()
  const env = { ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: 'a', PORT: String(port), LOG_LEVEL: 'trace' }
  meet(reader)
  const program = startKeywheel(t, { env, stdout })
  closeSync(stdout)
  const caller = openCaller(`http://127.0.0.1:${port}`)
  t.after(() => caller.close())
  await until(`an answer; ${program.err()}`, async () => (await caller.send('/health').heard).status === 200)
  return { program, caller, reader }
}

async function droppedBy(caller: Caller): Promise<number> {
  return metricIn((await caller.send('/metrics').heard).body, 'keywheel_log_dropped_lines')
}

/** More than pipe and memory hold: each of these leaves a line of eight kilobytes. */
async function sayMuch(caller: Caller): Promise<readonly number[]> {
  const times: number[] = []
  for (let count = 0; count < 800; count++) {
    const { status, tookMs } = await caller.send(`/nothing/${'x'.repeat(8000)}`).heard
    assert.equal(status, 404)
    times.push(tookMs)
  }
  return times
}

async function assertServes(caller: Caller): Promise<void> {
  let begun = 0
  assertEachAnswered(await runLoad({ caller, model: 'alpha/m', concurrency: 10, goesOn: () => begun++ < 100 }))
}

async function assertEnds(program: Program): Promise<void> {
  const startedAt = performance.now()
  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  assert.ok(performance.now() - startedAt < 5000)
  const rows = readCalls(join(program.directory, 'data', 'keywheel.db'), { limit: 1000 })
  assert.equal(rows.filter(({ end }) => end === 'answered').length, 100)
}

test('F101 a pipe that nobody reads costs log lines, which are counted, and no call any time', { skip }, async (t) => {
  const { program, caller, reader } = await openPiped(t)
  const times = await sayMuch(caller)
  const dropped = await droppedBy(caller)
  t.diagnostic(`${dropped} lines dropped; p99 ${quantile(times, 0.99).toFixed(1)} ms, slowest ${quantile(times, 1).toFixed(1)} ms`)
  assert.ok(dropped > 0)
  assert.ok(quantile(times, 1) < 1000)
  await assertServes(caller)
  await assertEnds(program)
  closeSync(reader)
})

test('F101 a reader that comes back gets whole lines again', { skip }, async (t) => {
  const { program, caller, reader } = await openPiped(t)
  await sayMuch(caller)
  let read = ''
  const takeAll = (): void => {
    const part = Buffer.alloc(1 << 20)
    for (;;) {
      const size = attempt(() => readSync(reader, part)) ?? 0
      if (size === 0) return
      read += part.toString('utf8', 0, size)
    }
  }
  let quietLooks = 0
  await until('all of what was kept', () => {
    const { length } = read
    takeAll()
    quietLooks = read.length === length ? quietLooks + 1 : 0
    return length > 4_000_000 && quietLooks === 20
  })
  const before = await droppedBy(caller)
  await assertServes(caller)
  await until('the lines of the calls', () => {
    takeAll()
    return read.split('"event":"call.settled"').length > 100
  })
  assert.equal(await droppedBy(caller), before)
  for (const line of read.split('\n').slice(0, -1)) if (line.startsWith('{')) JSON.parse(line)
  await assertEnds(program)
  closeSync(reader)
})

/** EAGAIN: there is nothing in the pipe at present. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

test('F101 a reader that goes costs log lines, which are counted, and no call any time', { skip }, async (t) => {
  const { program, caller, reader } = await openPiped(t)
  closeSync(reader)
  const times = await sayMuch(caller)
  t.diagnostic(`slowest ${quantile(times, 1).toFixed(1)} ms`)
  assert.ok((await droppedBy(caller)) > 400)
  assert.ok(quantile(times, 1) < 1000)
  await assertServes(caller)
  await assertEnds(program)
  assert.equal(program.err(), '')
})

test('F101 a reader that is gone before the start does not keep the gateway from starting', { skip }, async (t) => {
  const { program, caller } = await openPiped(t, closeSync)
  await assertServes(caller)
  await sayMuch(caller)
  assert.ok((await droppedBy(caller)) > 400)
  await assertEnds(program)
})
