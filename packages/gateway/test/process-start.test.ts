import assert from 'node:assert/strict'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { closedPort } from '@keywheel/simulator'
import { homepage, version } from '../src/version.ts'
import { endedKeywheel, runKeywheel, startKeywheel, temporaryDirectory } from './process/keywheel.ts'
import { until } from './process/until.ts'

const groqKey = 'gsk_canaryAAAAAAAAAAAAAAAAAAAAAAAAAAAA1111'
const mineKey = 'mine-canary-BBBBBBBBBBBBBBBBBBBBBBBBBB2222'
const proxyKey = 'proxy-canary-CCCCCCCCCCCCCCCCCCCCCCCCC3333'
const keys = [groqKey, mineKey, proxyKey]

function countOf(text: string, part: string): number {
  return text.split(part).length - 1
}

function assertHidden(...texts: readonly string[]): void {
  for (const key of keys) for (const text of texts) assert.ok(!text.includes(key), `${key} appears`)
}

test('one banner names the address, the providers with masked keys, the virtual models and the access', async (t) => {
  const files = { '.env': `GROQ_API_KEY_1=${groqKey}\nGROQ_API_KEY_2=${groqKey}x\nMINE_API_KEY=${mineKey}\n` }
  const env = { MINE_API_BASE: 'http://127.0.0.1:9/v1', PROXY_API_KEY: proxyKey, NODE_DISABLE_COMPILE_CACHE: '1' }
  const program = await runKeywheel(t, { files, env })
  t.diagnostic(`from the start of the process to listening: ${program.startedInMs.toFixed(0)} ms`)
  const health = await fetch(`${program.origin}/health`)
  assert.equal(health.status, 200)
  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  const out = program.out()
  assert.equal(countOf(out, 'Keywheel '), 1)
  assert.ok(out.startsWith(`Keywheel ${version}  ${homepage}\n`))
  assert.match(out, /groq +2 keys {2}gsk_…1111, gsk_…111x\n/)
  assert.match(out, /mine +1 key {2}mine…2222\n/)
  assert.match(out, /virtual models .*coding-elite/)
  assert.match(out, /access +with the key in PROXY_API_KEY\n/)
  assert.doesNotMatch(out, /OPEN/)
  assertHidden(out, program.err())
})

test('without any key it starts, says what to add, and says that access is open', async (t) => {
  const program = await runKeywheel(t)
  assert.match(program.out(), /providers +none yet: add a key such as GROQ_API_KEY=… to \.env, or run `npm run demo`/)
  assert.match(program.out(), /access +OPEN: anybody who reaches this address can use your keys\./)
  const health = (await (await fetch(`${program.origin}/health`)).json()) as { auth: string }
  assert.equal(health.auth, 'open')
  await fetch(`${program.origin}/v1/models`)
  await fetch(`${program.origin}/v1/models`)
  program.kill('SIGTERM')
  await program.exited
  assert.equal(countOf(program.out(), 'access is open'), 1, 'told at the first call, not at each')
})

test('--quiet starts without a banner', async (t) => {
  const port = await closedPort()
  const program = startKeywheel(t, { args: ['--quiet', '--port', String(port)], env: { PROXY_API_KEY: proxyKey } })
  await until('an answer', () =>
    fetch(`http://127.0.0.1:${port}/health`)
      .then(({ ok }) => ok)
      .catch(() => false),
  )
  program.kill('SIGINT')
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  for (const line of program.out().split('\n').filter(Boolean)) assert.equal(typeof JSON.parse(line), 'object')
  assertHidden(program.out(), program.err())
})

test('HOST and PORT say where it listens, and --host and --port say it louder', async (t) => {
  const [port, louder] = [await closedPort(), await closedPort()]
  const byVariables = await runKeywheel(t, { env: { HOST: 'localhost', PORT: String(port) } })
  assert.equal(byVariables.origin, `http://localhost:${port}`)
  const env = { HOST: '127.0.0.2', PORT: String(port) }
  const byFlags = await runKeywheel(t, { env, args: ['start', '--host', '127.0.0.1', '--port', String(louder)] })
  assert.equal(byFlags.origin, `http://127.0.0.1:${louder}`)
  assert.equal((await fetch(`${byFlags.origin}/health`)).status, 200)
})

test('a port that is taken is said in one sentence, without a banner', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await until('the port', () => taken.listening)
  const { port } = taken.address() as AddressInfo
  const { code, out, err } = await endedKeywheel(t, { args: ['--port', String(port)] })
  assert.deepEqual({ code, out }, { code: 1, out: '' })
  assert.equal(err, `127.0.0.1:${port} is taken by another program. Stop that one, or choose another port with --port or PORT.\n`)
})

test('a configuration that is wrong is refused with file, line and column, without a banner', async (t) => {
  const yaml = `providers:\n  groq: { keys: [${groqKey}], rotatoin: sequential }\nvirtual_models:\n  mix:\n    fallback_chain: [{ provider: nobody, model: m, priority: 1 }]\n`
  const { code, out, err } = await endedKeywheel(t, { files: { 'keywheel.yaml': yaml } })
  assert.equal(code, 78)
  assert.equal(out, '')
  assert.match(err, /^keywheel\.yaml:2:\d+ {2}providers\.groq\.rotatoin: .*rotation/m)
  assert.match(err, /^keywheel\.yaml:5:\d+ {2}virtual_models\.mix\.fallback_chain\[0\]\.provider: /m)
  assertHidden(out, err)
})

test('a pasted key in a wrong place is refused and not repeated', async (t) => {
  const misused = [[groqKey], ['start', groqKey], [`--${groqKey}`], [`--quiet=${groqKey}`]]
  for (const { code, out, err } of await Promise.all(misused.map((args) => endedKeywheel(t, { args })))) {
    assert.equal(code, 64)
    assert.equal(out, '')
    assert.match(err, /^(?:A command|An option) is not understood\.\n\nUsage: keywheel/)
    assertHidden(err)
  }
  for (const args of [
    ['--port', groqKey],
    ['--config', groqKey],
    ['--host', proxyKey],
    ['check-config', '--port', groqKey],
  ]) {
    const { code, out, err } = await endedKeywheel(t, { args })
    assert.notEqual(code, 0, args.join(' '))
    assertHidden(out, err)
  }
})

test('--version and --help answer and end', async (t) => {
  const asked = await Promise.all(['--version', '--help'].map((flag) => endedKeywheel(t, { args: [flag] })))
  for (const { code, err } of asked) assert.deepEqual({ code, err }, { code: 0, err: '' })
  const [named, help] = asked.map(({ out }) => out)
  assert.equal(named, `Keywheel ${version}  ${homepage}\n`)
  assert.match(help ?? '', /^Usage: keywheel \[command\] \[options\]\n/)
})

test('check-config says that all is in order, or what is in the way, and never starts', async (t) => {
  const good = await endedKeywheel(t, { args: ['check-config'], files: { '.env': `GROQ_API_KEY=${groqKey}` } })
  assert.equal(good.code, 0)
  assert.match(good.out, /^The configuration is in order\.\n/)
  assert.match(good.out, /groq: 1 key \(GROQ_API_KEY\)/)
  const bad = await endedKeywheel(t, { args: ['check-config', '--config', 'other.yaml'], files: { 'other.yaml': 'server: { prot: 1 }\n' } })
  assert.equal(bad.code, 78)
  assert.match(bad.err, /^other\.yaml:1:\d+ {2}server\.prot: .*port/)
  assert.match(bad.err, /1 problem; the gateway would not start\.\n$/)
  assertHidden(good.out, good.err)
})

test('--config names the file, and the data directory is for its owner only', async (t) => {
  const directory = temporaryDirectory(t)
  mkdirSync(join(directory, 'etc'))
  writeFileSync(join(directory, 'etc', 'mine.yaml'), 'providers:\n  mine: { base_url: "http://127.0.0.1:9/v1", keys: ["${MINE_KEY}"] }\n')
  const program = await runKeywheel(t, { directory, args: ['--config', 'etc/mine.yaml'], env: { MINE_KEY: mineKey } })
  assert.match(program.out(), /mine +1 key {2}mine…2222\n/)
  assert.equal(statSync(join(directory, 'data')).mode & 0o777, 0o700)
  assert.equal(statSync(join(directory, 'data', 'keywheel.db')).mode & 0o777, 0o600)
})

test('a second process on the same data directory is refused with a sentence', async (t) => {
  const first = await runKeywheel(t)
  const { code, out, err } = await endedKeywheel(t, { directory: first.directory, env: { PORT: '0' } })
  assert.equal(code, 1)
  assert.equal(out, '')
  assert.equal(
    err,
    `The data directory ${join(first.directory, 'data')} is in use by another Keywheel. Stop it, or choose another data directory.\n`,
  )
  const elsewhere = await runKeywheel(t, { directory: first.directory, env: { KEYWHEEL_DATA_DIR: 'other' } })
  assert.equal((await fetch(`${elsewhere.origin}/health`)).status, 200)
})

test('open access from outside is refused unless it is asked for', async (t) => {
  const refused = await endedKeywheel(t, { args: ['--host', '0.0.0.0'], env: { PROXY_API_KEY: '  ' } })
  assert.equal(refused.code, 78)
  assert.match(refused.err, /--host: Others can reach this address, and no key is asked for\./)
  await runKeywheel(t, { args: ['--host', '0.0.0.0'], env: { ALLOW_OPEN_ACCESS: 'true' } })
})
