import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, openSimulator, rateLimited } from '@keywheel/simulator'
import type { Simulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import type { CallRow } from '../src/usage/call-row.ts'
import { openCaller, question, saidIn } from './process/client.ts'
import type { Caller, Heard } from './process/client.ts'
import { runKeywheel, temporaryDirectory } from './process/keywheel.ts'
import type { Running } from './process/keywheel.ts'
import { assertEachAnswered, runLoad, tellingText } from './process/load.ts'
import { heldStream } from './process/streams.ts'
import { until } from './process/until.ts'

/** What has to be loaded before a program for its clock to be set: a library of Debian's `faketime`. */
const library = spawnSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).stdout?.trim()
const skip = !library && 'faketime is missing'

const hourMs = 3_600_000
const restSeconds = 3

interface Scene {
  readonly program: Running
  readonly caller: Caller
  readonly upstream: Simulator
  readonly release: () => void
  /** Sets the program's clock of the day while it runs; what measures time goes on as it was. */
  readonly jump: (jumpMs: number) => void
}

async function openScene(t: TestContext): Promise<Scene> {
  const upstream = await openSimulator({ otherKeys: { reply: answer({ text: tellingText }) } })
  t.after(() => upstream.close())
  const hold = Promise.withResolvers<void>()
  upstream.script('held-key-00000001', heldStream(hold.promise))
  upstream.script('limited-key-00001', rateLimited({ afterSeconds: restSeconds }), answer({ text: tellingText }))
  const clock = join(temporaryDirectory(t), 'clock')
  const jump = (jumpMs: number): void => writeFileSync(clock, `${jumpMs < 0 ? '' : '+'}${jumpMs / 1000}\n`)
  jump(0)
  const env = {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    ALPHA_API_BASE: upstream.url,
    ALPHA_API_KEY: 'a',
    HELD_API_BASE: upstream.url,
    HELD_API_KEY: 'held-key-00000001',
    LIMITED_API_BASE: upstream.url,
    LIMITED_API_KEY: 'limited-key-00001',
    // No call waits for a key: how long one still rests is to be seen.
    GLOBAL_TIMEOUT: '0.1',
    SMALL_COOLDOWN_RETRY_THRESHOLD: '0',
  }
  const program = await runKeywheel(t, { env })
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  return { program, caller, upstream, release: hold.resolve, jump }
}

async function wallOf(caller: Caller): Promise<number> {
  const { body } = await caller.send('/v1/quota-stats').heard
  return (JSON.parse(body) as { timestamp: number }).timestamp * 1000
}

const askLimited = (caller: Caller): Promise<Heard> => caller.chat(question('hello', { model: 'limited/m' }))

async function assertServes(caller: Caller): Promise<void> {
  let begun = 0
  assertEachAnswered(await runLoad({ caller, model: 'alpha/m', concurrency: 5, goesOn: () => begun++ < 20 }))
}

async function playJump(t: TestContext, jumpMs: number): Promise<void> {
  const { program, caller, upstream, release, jump } = await openScene(t)
  const stream = caller.send('/v1/chat/completions', question('hello', { model: 'held/m', stream: true }))
  await stream.begun
  await assertServes(caller)
  const restsFrom = performance.now()
  assert.equal((await askLimited(caller)).status, 429)
  jump(jumpMs)
  const apart = (await wallOf(caller)) - Date.now() - jumpMs
  assert.ok(Math.abs(apart) < 5000, `the program's clock is ${apart} ms off`)
  const refused = await askLimited(caller)
  const stillMs = restSeconds * 1000 - (performance.now() - restsFrom)
  assert.equal(refused.status, 429)
  const told = Number(refused.headers['retry-after-ms'])
  assert.ok(Math.abs(told - stillMs) < 1000, `${told} ms are told where ${stillMs.toFixed(0)} are left`)
  assert.equal(upstream.calls.filter(({ key }) => key === 'limited-key-00001').length, 1, 'while it rests, nobody asks it')
  await assertServes(caller)
  await until('the end of the rest', async () => (await askLimited(caller)).status === 200)
  const restedMs = performance.now() - restsFrom
  t.diagnostic(`a rest of ${restSeconds} s took ${restedMs.toFixed(0)} ms`)
  assert.ok(restedMs > restSeconds * 1000 - 100 && restedMs < restSeconds * 1000 + 3000)
  release()
  assert.equal(saidIn(await stream.heard).finished, true, 'a stream that was under way has noticed nothing')
  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  assert.equal(program.err(), '')
  assertRows(readCalls(join(program.directory, 'data', 'keywheel.db'), { limit: 1000 }), jumpMs)
}

function isNear({ startedAt }: CallRow, ms: number): boolean {
  return Math.abs(startedAt - ms) < 60_000
}

/** When each call began is told by the clock of that moment; how long it took, by the one that was not set. */
function assertRows(rows: readonly CallRow[], jumpMs: number): void {
  const answered = rows.filter(({ end }) => end === 'answered')
  const before = answered.filter((row) => isNear(row, Date.now()))
  const after = answered.filter((row) => isNear(row, Date.now() + jumpMs))
  assert.equal(before.length, 1 + 20, 'nothing of what was kept has expired')
  assert.equal(after.length, 20 + 1)
  for (const { totalMs, end, status } of rows) {
    assert.ok(totalMs !== null && totalMs >= 0 && totalMs < 30_000, `${totalMs} ms`)
    assert.ok(end === 'answered' || status === 429, end)
  }
  const held = rows.find(({ provider }) => provider === 'held')
  assert.ok((held?.totalMs ?? 0) > restSeconds * 1000 - 100, 'a call over which the clock was set has its true length')
}

const jumps = [
  ['an hour forward', hourMs],
  ['an hour back', -hourMs],
  ['a year forward', 365 * 24 * hourMs],
] as const

// Mostly they wait: together they take as long as one.
describe('while it runs', { concurrency: jumps.length }, () => {
  for (const [name, jumpMs] of jumps) {
    test(`F90 a clock that is set ${name} ends no rest and no call, and expires nothing`, { skip }, (t) => playJump(t, jumpMs))
  }
})
