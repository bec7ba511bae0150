import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, openSimulator } from '@keywheel/simulator'
import type { Simulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import type { CallRow } from '../src/usage/call-row.ts'
import { openCaller, question, saidIn } from './process/client.ts'
import { runKeywheel, temporaryDirectory } from './process/keywheel.ts'
import type { Running } from './process/keywheel.ts'

const env = (upstream: Simulator) => ({ ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: 'alpha-key-000000000001' })

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
  /** How many calls the provider has seen when the program is killed. */
  readonly killAt: number
}

/** Twenty callers ask until the program is killed under them. */
async function playRound({ number, program, upstream, history, killAt }: Round): Promise<void> {
  const caller = openCaller(program.origin)
  upstream.forgetCalls()
  void upstream.seen(killAt).then(() => program.kill('SIGKILL'))
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
  await Promise.all(Array.from({ length: 20 }, ask))
  assert.deepEqual(await program.exited, { code: null, signal: 'SIGKILL' })
  caller.close()
}

async function openUpstream(t: TestContext): Promise<Simulator> {
  const reply = answer({ text: 'Answer {call} in a few words', firstByteMs: { min: 0, max: 8 }, everyMs: { min: 0, max: 2 } })
  const upstream = await openSimulator({ otherKeys: { reply } })
  t.after(() => upstream.close())
  return upstream
}

test('killed ten times under load, it keeps exactly one row for each call', async (t) => {
  const seed = 20_261_124
  const chance = seeded(seed)
  const upstream = await openUpstream(t)
  const directory = temporaryDirectory(t)
  const history: History = { asked: new Set(), answered: new Set() }
  const seen = new Set<string>()
  const starts: number[] = []
  for (let number = 0; number < 10; number++) {
    const program = await runKeywheel(t, { directory, env: env(upstream) })
    starts.push(program.startedInMs)
    await playRound({ number, program, upstream, history, killAt: 20 + Math.floor(chance() * 200) })
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
  t.diagnostic(`slowest start: ${Math.max(...starts).toFixed(0)} ms`)
  assertOneRowEach(rows, history, seen)
  assertIntact(path)
})

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
  assert.ok(lost <= 10 * 20, 'at most those of the last moment before each kill are not known to be answered')
  assert.ok(rows.some(({ end }) => end === 'interrupted'))
}

function assertIntact(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true })
  assert.deepEqual(
    database
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => row['integrity_check']),
    ['ok'],
  )
  assert.equal(database.prepare('SELECT count(*) AS open FROM open_calls').get()?.['open'], 0)
  database.close()
}
