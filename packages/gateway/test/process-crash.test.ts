/**
 * Kills the real program under load, again and again. Ten times unless KEYWHEEL_TEST_KILLS says otherwise: 200 take about four minutes, by
 * `KEYWHEEL_TEST_KILLS=200 node --conditions=keywheel-source --test packages/gateway/test/process-crash.test.ts`.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import { answer, openSimulator } from '@keywheel/simulator'
import type { Simulator } from '@keywheel/simulator'
import { readStandings } from '../src/storage/read-standings.ts'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import type { CallRow } from '../src/usage/call-row.ts'
import { openCaller, question, saidIn } from './process/client.ts'
import type { Caller } from './process/client.ts'
import { quantile } from './process/load.ts'
import { runKeywheel, temporaryDirectory } from './process/keywheel.ts'
import type { Running } from './process/keywheel.ts'
import { assertSound } from './process/sound.ts'

const kills = Number(process.env['KEYWHEEL_TEST_KILLS'] ?? 10)

/** Alpha answers; beta is there for its operator only. */
const env = (upstream: Simulator) => ({
  ALPHA_API_BASE: upstream.url,
  ALPHA_API_KEY: 'alpha-key-000000000001',
  BETA_API_BASE: upstream.url,
  BETA_API_KEY: 'beta-key-0000000000001',
})

/** The same sequence of numbers in [0, 1) for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface History {
  /** What was asked for; each call names a model of its own, by which its row is found. */
  readonly asked: Set<string>
  readonly answered: Set<string>
}

interface Round {
  readonly number: number
  readonly program: Running
  readonly upstream: Simulator
  readonly history: History
  /** How many requests the provider has seen when the program is killed, and how long after. */
  readonly killAt: number
  readonly afterMs: number
}

/** Twenty callers ask until the program is killed under them. */
async function playRound({ number, program, upstream, history, killAt, afterMs }: Round): Promise<void> {
  const caller = openCaller(program.origin)
  upstream.forgetCalls()
  const killed = upstream
    .seen(killAt)
    .then(() => pause(afterMs))
    .then(() => program.kill('SIGKILL'))
  let count = 0
  const ask = async (): Promise<void> => {
    for (;;) {
      const name = `r${number}-${++count}`
      history.asked.add(`alpha/${name}`)
      const heard = await caller.chat(question(name, { model: `alpha/${name}`, stream: count % 2 === 0 }))
      if (heard.complete && saidIn(heard).finished) history.answered.add(`alpha/${name}`)
      if (program.isOver() || heard.status === 0) return
    }
  }
  await Promise.all([...Array.from({ length: 20 }, ask), keepWriting(caller, program), killed])
  assert.deepEqual(await program.exited, { code: null, signal: 'SIGKILL' })
  caller.close()
}

/** Standings and the history of providers are written all the time. */
async function keepWriting(caller: Caller, program: Running): Promise<void> {
  while (!program.isOver()) {
    const heard = await Promise.all([
      caller.send('/v1/quota-stats', { action: 'reload', scope: 'all' }).heard,
      caller.send('/api/providers/refresh', {}).heard,
    ])
    if (heard.some(({ status }) => status === 0)) return
    assert.deepEqual(
      heard.map(({ status }) => status),
      [200, 200],
    )
  }
}

/** Takes beta's key out of use, or back, and has it written down. */
async function switchBeta({ origin }: Running, action: 'disable' | 'enable'): Promise<void> {
  const caller = openCaller(origin)
  for (const ask of [
    { action, scope: 'provider', provider: 'beta' },
    { action: 'reload', scope: 'all' },
  ]) {
    const { status, body } = await caller.send('/v1/quota-stats', ask).heard
    assert.equal(status, 200, body)
  }
  caller.close()
}

/** What the standings on the disk say, which are whole whenever the program was killed. */
function isBetaDisabled(directory: string): boolean {
  const path = join(directory, 'data', 'standings.json')
  assert.equal(existsSync(`${path}.unreadable`), false)
  const read = readStandings(readFileSync(path, 'utf8'))
  assert.ok('pools' in read)
  return JSON.stringify(read.pools.find(({ name }) => name === 'beta')).includes('disabled')
}

async function openUpstream(t: TestContext): Promise<Simulator> {
  const reply = answer({ text: 'Answer {call} in a few words', firstByteMs: { min: 0, max: 8 }, everyMs: { min: 0, max: 2 } })
  const upstream = await openSimulator({ otherKeys: { reply } })
  t.after(() => upstream.close())
  return upstream
}

test('F71 killed at random moments under load, it keeps one row for each call, whole standings and a sound database', async (t) => {
  const seed = 20_261_124
  const chance = seeded(seed)
  const upstream = await openUpstream(t)
  const directory = temporaryDirectory(t)
  const history: History = { asked: new Set(), answered: new Set() }
  const seen = new Set<string>()
  const starts: number[] = []
  for (let number = 0; number < kills; number++) {
    const program = await runKeywheel(t, { directory, env: env(upstream) })
    starts.push(program.startedInMs)
    const action = number % 2 === 0 ? 'disable' : 'enable'
    await switchBeta(program, action)
    await playRound({ number, program, upstream, history, killAt: 20 + Math.floor(chance() * 200), afterMs: chance() * 20 })
    assert.equal(isBetaDisabled(directory), action === 'disable', 'what was written down before the load is there after the kill')
    for (const call of upstream.calls) if (call.method === 'POST') seen.add(`alpha/${call.model}`)
  }
  const last = await runKeywheel(t, { directory, env: env(upstream) })
  last.kill('SIGTERM')
  assert.deepEqual(await last.exited, { code: 0, signal: null })
  const path = join(directory, 'data', 'keywheel.db')
  const rows = readCalls(path, { limit: 100_000 })
  const interrupted = rows.filter(({ end }) => end === 'interrupted').length
  t.diagnostic(
    `seed ${seed}: ${history.asked.size} asked, ${history.answered.size} answered, ${rows.length} rows, ${interrupted} interrupted`,
  )
  // On a machine that is busy with something else, single starts say little.
  const usual = quantile(starts, 0.5)
  t.diagnostic(`starts: p50 ${usual.toFixed(0)} ms, slowest ${Math.max(...starts).toFixed(0)} ms`)
  assert.ok(usual < 2000)
  assertOneRowEach(rows, history, seen)
  assertSound(path)
  assert.ok(historyRows(path) > kills)
})

function historyRows(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = Number(database.prepare('SELECT count(*) AS rows FROM provider_health_checks').get()?.['rows'])
  database.close()
  return rows
}

function assertOneRowEach(rows: readonly CallRow[], { asked, answered }: History, seen: ReadonlySet<string>): void {
  const names = new Set(rows.map((row) => row.asked))
  assert.equal(names.size, rows.length, 'no call has two rows')
  assert.deepEqual(
    [...names].filter((name) => !asked.has(name)),
    [],
  )
  assert.deepEqual(
    [...answered].filter((name) => !names.has(name)),
    [],
    'an answered call has a row',
  )
  assert.deepEqual(
    [...seen].filter((name) => !names.has(name)),
    [],
    'a call that reached the provider has a row',
  )
  for (const row of rows) assert.ok(row.end === 'answered' || row.end === 'interrupted', row.end)
  const lost = rows.filter((row) => row.end === 'interrupted' && answered.has(row.asked)).length
  assert.ok(lost <= kills * 20, 'at most those of the last moment before each kill are not known to be answered')
  assert.ok(rows.some(({ end }) => end === 'interrupted'))
}
