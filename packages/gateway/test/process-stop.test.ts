import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, openSimulator } from '@keywheel/simulator'
import type { Simulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import { RawCall } from './faults/raw-call.ts'
import { openCaller, question, saidIn } from './process/client.ts'
import type { Caller } from './process/client.ts'
import { runKeywheel, temporaryDirectory } from './process/keywheel.ts'
import type { Running } from './process/keywheel.ts'
import { assertSound } from './process/sound.ts'
import { heldStream } from './process/streams.ts'
import { until } from './process/until.ts'

interface Scene {
  readonly program: Running
  readonly caller: Caller
  readonly upstream: Simulator
  /** Lets the held streams go on. */
  readonly release: () => void
}

/** The program before a provider whose streams stop in the middle. */
async function openScene(t: TestContext): Promise<Scene> {
  const upstream = await openSimulator()
  t.after(() => upstream.close())
  const hold = Promise.withResolvers<void>()
  upstream.script('*', heldStream(hold.promise))
  const program = await runKeywheel(t, { env: envFor(upstream) })
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  return { program, caller, upstream, release: hold.resolve }
}

const envFor = ({ url }: Simulator) => ({
  ALPHA_API_BASE: url,
  ALPHA_API_KEY: 'alpha-key-000000000001',
  LARGE_API_BASE: url,
  LARGE_API_KEY: 'large-key-0000001',
})

async function isStopping(caller: Caller): Promise<boolean> {
  return (await caller.send('/health').heard).status === 503
}

function rowsIn(directory: string) {
  return readCalls(join(directory, 'data', 'keywheel.db'), { limit: 10_000 })
}

test('SIGTERM lets streams under way finish, refuses new calls, and ends with 0', async (t) => {
  const { program, caller, release } = await openScene(t)
  const sent = Array.from({ length: 20 }, (_, index) => caller.send('/v1/chat/completions', question(`q${index}`, { stream: true })))
  await Promise.all(sent.map(({ begun }) => begun))
  program.kill('SIGTERM')
  await until('health to say that it stops', () => isStopping(caller))
  assert.equal((await caller.chat(question('too late'))).status, 503)
  release()
  for (const heard of await Promise.all(sent.map((each) => each.heard))) {
    assert.equal(heard.complete, true)
    assert.deepEqual(saidIn(heard), { text: 'Half of it, and the rest.', ids: ['held'], finished: true })
  }
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  assert.deepEqual(
    rowsIn(program.directory).map(({ end }) => end),
    Array(20).fill('answered'),
  )
  assert.equal(program.err(), '')
  const settled = program
    .out()
    .split('\n')
    .filter((line) => line.includes('call.settled'))
  assert.equal(settled.length, 20, 'what was said last is in the log')
})

test('a connection on which nobody ever asked anything does not hold up the end', async (t) => {
  const { program } = await openScene(t)
  const silent = connect(program.port, '127.0.0.1')
  t.after(() => silent.destroy())
  await until('the connection', () => silent.readyState === 'open')
  await fetch(`${program.origin}/health`)
  const startedAt = performance.now()
  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  const tookMs = performance.now() - startedAt
  assert.ok(tookMs < 3000, `it took ${tookMs.toFixed(0)} ms`)
})

test('F95 a second signal ends at once and in order: streams end with an error, rows are written, the stores are closed', async (t) => {
  const { program, caller } = await openScene(t)
  const sent = Array.from({ length: 5 }, (_, index) => caller.send('/v1/chat/completions', question(`q${index}`, { stream: true })))
  await Promise.all(sent.map(({ begun }) => begun))
  program.kill('SIGINT')
  await until('health to say that it stops', () => isStopping(caller))
  const startedAt = performance.now()
  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 1, signal: null })
  t.diagnostic(`from the second signal to the end: ${(performance.now() - startedAt).toFixed(0)} ms`)
  for (const heard of await Promise.all(sent.map((each) => each.heard))) {
    assert.equal(heard.complete, false)
    assert.match(heard.body, /Half of it.*\n\ndata: \{"error":\{[^\n]*"code":"shutting_down"[^\n]*\}\}\n\n$/s)
  }
  assertClosed(program.directory)
  assert.deepEqual(
    rowsIn(program.directory).map(({ end, reason }) => `${end} ${reason}`),
    Array(5).fill('broken shutting-down'),
  )
})

test('F95 a third signal does not even wait for that; the next start finds everything in order', async (t) => {
  const { program, caller, upstream } = await openScene(t)
  upstream.script('large-key-0000001', answer({ text: 'x'.repeat(32_000_000) }))
  const sent = Array.from({ length: 5 }, (_, index) => caller.send('/v1/chat/completions', question(`q${index}`, { stream: true })))
  await Promise.all(sent.map(({ begun }) => begun))
  // The last words of this one are never taken, for which a second signal waits two seconds.
  const large = new RawCall(program.port, { body: question('much', { model: 'large/m' }) })
  large.stopReading()
  t.after(() => large.leave())
  await until('the large answer to be on its way', () => program.out().includes('"provider":"large"'))
  program.kill('SIGTERM')
  await until('health to say that it stops', () => isStopping(caller))
  program.kill('SIGINT')
  for (const heard of await Promise.all(sent.map((each) => each.heard))) assert.match(heard.body, /"code":"shutting_down"/)
  const startedAt = performance.now()
  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 1, signal: null })
  const tookMs = performance.now() - startedAt
  assert.ok(tookMs < 1000, `it took ${tookMs.toFixed(0)} ms`)
  const again = await runKeywheel(t, { directory: program.directory, env: envFor(upstream) })
  again.kill('SIGTERM')
  await again.exited
  assertClosed(program.directory)
  const ends = rowsIn(program.directory).map(({ end }) => end)
  assert.deepEqual(ends.toSorted(), ['answered', ...Array<string>(5).fill('broken')])
})

/** The journal is handed over, the write-ahead log is put back, and the database is sound. */
function assertClosed(directory: string): void {
  const data = join(directory, 'data')
  assert.deepEqual(readdirSync(join(data, 'usage')), [])
  assert.deepEqual(
    readdirSync(data).filter((name) => name.endsWith('-wal')),
    [],
  )
  assertSound(join(data, 'keywheel.db'))
}

test('SIGINT ends an idle gateway with 0; the journal is handed over, and nothing lies about', async (t) => {
  const temporary = temporaryDirectory(t)
  const program = await runKeywheel(t, { env: { TMPDIR: temporary } })
  program.kill('SIGINT')
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  assert.deepEqual(readdirSync(temporary), [])
  assert.deepEqual(readdirSync(program.directory), ['data'])
  assert.deepEqual(readdirSync(join(program.directory, 'data', 'usage')), [])
})
