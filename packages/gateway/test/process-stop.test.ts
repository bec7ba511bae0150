import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openSimulator } from '@keywheel/simulator'
import type { Simulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import { openCaller, question, saidIn } from './process/client.ts'
import type { Caller } from './process/client.ts'
import { runKeywheel, temporaryDirectory } from './process/keywheel.ts'
import type { Running } from './process/keywheel.ts'
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
  const program = await runKeywheel(t, { env: { ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: 'alpha-key-000000000001' } })
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  return { program, caller, upstream, release: hold.resolve }
}

function isRefused(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1', () => {
    socket.destroy()
    resolve(false)
  })
  socket.once('error', () => resolve(true))
  return promise
}

function rowsIn(directory: string) {
  return readCalls(join(directory, 'data', 'keywheel.db'), { limit: 10_000 })
}

test('SIGTERM lets streams under way finish, refuses new connections, and ends with 0', async (t) => {
  const { program, caller, release } = await openScene(t)
  const sent = Array.from({ length: 20 }, (_, index) => caller.send('/v1/chat/completions', question(`q${index}`, { stream: true })))
  await Promise.all(sent.map(({ begun }) => begun))
  program.kill('SIGTERM')
  await until('new connections to be refused', () => isRefused(program.port))
  assert.equal(program.isOver(), false)
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

test('a second signal ends at once; the next start closes the rows as interrupted', async (t) => {
  const { program, caller, upstream } = await openScene(t)
  const sent = Array.from({ length: 5 }, (_, index) => caller.send('/v1/chat/completions', question(`q${index}`, { stream: true })))
  await Promise.all(sent.map(({ begun }) => begun))
  program.kill('SIGINT')
  await until('new connections to be refused', () => isRefused(program.port))
  const startedAt = performance.now()
  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 1, signal: null })
  t.diagnostic(`from the second signal to the end: ${(performance.now() - startedAt).toFixed(0)} ms`)
  for (const heard of await Promise.all(sent.map((each) => each.heard))) {
    assert.equal(heard.complete, false)
    assert.doesNotMatch(heard.body, /\[DONE\]/)
  }
  const again = await runKeywheel(t, {
    directory: program.directory,
    env: { ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: 'k-000000000001' },
  })
  again.kill('SIGTERM')
  await again.exited
  assert.deepEqual(
    rowsIn(program.directory).map(({ end }) => end),
    Array(5).fill('interrupted'),
  )
})

test('SIGINT ends an idle gateway with 0; the journal is handed over, and nothing lies about', async (t) => {
  const temporary = temporaryDirectory(t)
  const program = await runKeywheel(t, { env: { TMPDIR: temporary } })
  program.kill('SIGINT')
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  assert.deepEqual(readdirSync(temporary), [])
  assert.deepEqual(readdirSync(program.directory), ['data'])
  assert.deepEqual(readdirSync(join(program.directory, 'data', 'usage')), [])
})
