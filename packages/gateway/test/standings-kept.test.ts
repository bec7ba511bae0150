/** What is known of keys outlives the process: rests, deaths and what an operator disabled, whatever the clocks do meanwhile. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { answer, keyRejected, openSimulator, rateLimited } from '@keywheel/simulator'
import { at } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'
import { runKeywheel } from './process/keywheel.ts'
import { until } from './process/until.ts'

const savedAt = Date.UTC(2026, 0, 1)
const hourMs = 3_600_000

interface Home {
  readonly file: string
  /** A gateway on this directory, as a new process would be: with clocks that begin anew. */
  readonly open: (wallMs?: number, given?: Given) => Promise<Bench & { readonly clock: ManualClock }>
}

function openHome(t: TestContext): Home {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'keywheel-standings-'))
  t.after(() => rmSync(dataDirectory, { recursive: true, force: true }))
  return {
    file: join(dataDirectory, 'standings.json'),
    open: async (wallMs = savedAt, given = {}) => {
      const clock = new ManualClock(wallMs, 5000)
      const bench = await openBench(t, {
        clock,
        chance: () => 0,
        keepsStandings: true,
        ...given,
        adjust: (config) => given.adjust?.({ ...config, dataDirectory }) ?? { ...config, dataDirectory },
      })
      return { ...bench, clock }
    },
  }
}

/** Leaves a key that rests for its model `m` for 90 s. */
async function leaveResting({ open }: Home): Promise<void> {
  const bench = await open()
  bench.upstream.script('*', rateLimited({ afterSeconds: 90 }))
  assert.equal((await bench.ask()).status, 429)
  await bench.close()
}

/** Seconds after which the caller may come back. */
async function refusedFor(bench: Bench): Promise<number> {
  const refused = await bench.ask()
  assert.equal(refused.status, 429)
  assert.equal(bench.upstream.calls.length, 0, 'nobody is asked')
  return Number(refused.headers.get('retry-after'))
}

test('a rest goes on after a restart for what is left of it, and ends', async (t) => {
  const home = openHome(t)
  await leaveResting(home)
  const bench = await home.open(savedAt + 30_000)
  assert.equal(await refusedFor(bench), 60)
  bench.clock.advance(60_000)
  assert.equal((await bench.ask()).status, 200)
})

test('a clock that was set back does not make a rest longer', async (t) => {
  const home = openHome(t)
  await leaveResting(home)
  assert.equal(await refusedFor(await home.open(savedAt - hourMs)), 90)
})

test('a rest that ended while nothing ran, or on a clock that was set forward, is over', async (t) => {
  const home = openHome(t)
  await leaveResting(home)
  assert.equal((await (await home.open(savedAt + hourMs)).ask()).status, 200)
})

test('a dead key stays dead, and one that was disabled stays disabled until it is enabled', async (t) => {
  const home = openHome(t)
  const keys: Given = { keys: { alpha: ['a', 'b', 'c'] }, env: { ROTATION_MODE_ALPHA: 'sequential' } }
  const before = await home.open(savedAt, keys)
  before.upstream.script(keyText('a'), keyRejected())
  assert.equal((await before.ask()).status, 200)
  const [, b] = await credentials(before)
  assert.equal(before.gateway.keyring.disable('alpha', String(at(b, 'stable_id')), 'somebody'), true)
  await before.close()
  const after = await home.open(savedAt + 1000, keys)
  assert.deepEqual(
    (await credentials(after)).map((key) => at(key, 'status')),
    ['dead', 'disabled', 'active'],
  )
  assert.equal(at((await credentials(after))[1], 'cooldowns', '*', 'reason'), 'disabled by somebody')
  assert.equal((await after.ask()).status, 200)
  assert.deepEqual(
    after.upstream.calls.map(({ key }) => key),
    [keyText('c')],
  )
})

test('the file is for its owner only and holds no key, not even one that a caller took for a model', async (t) => {
  const home = openHome(t)
  const before = await home.open()
  before.upstream.script('*', rateLimited({ afterSeconds: 90 }))
  await before.ask({ model: `alpha/${keyText('a')}` })
  await before.close()
  const text = readFileSync(home.file, 'utf8')
  assert.match(text, /"rate-limited"/)
  assert.equal(text.includes(keyText('a')), false)
  assert.equal(statSync(home.file).mode & 0o777, 0o600)
  chmodSync(home.file, 0o644)
  const again = await home.open()
  await again.close()
  assert.equal(statSync(home.file).mode & 0o777, 0o600)
})

for (const [what, text] of [
  ['nothing', ''],
  ['no JSON', '{"version":1,"pools":['],
  ['something else', '{"version":1,"pools":[{"name":"alpha"}]}'],
  ['another version', '{"version":99,"pools":{}}'],
] as const) {
  test(`a file that holds ${what} is set aside with a warning, and the start goes on`, async (t) => {
    const home = openHome(t)
    writeFileSync(home.file, text)
    const bench = await home.open()
    assert.equal((await bench.ask()).status, 200)
    assert.equal(readFileSync(`${home.file}.unreadable`, 'utf8'), text)
    const [warning, ...more] = bench.log.filter(({ event }) => event === 'standings.failed')
    assert.equal(more.length, 0)
    assert.equal(warning?.['level'], 'warn')
    assert.match(String(warning?.['msg']), /standings\.json cannot be used, because .*\. It is now .*standings\.json\.unreadable/)
    await bench.close()
    assert.equal(at(JSON.parse(readFileSync(home.file, 'utf8')), 'pools', 0, 'name'), 'alpha')
  })
}

test('a disk that fails is told once, calls go on, and what changed is written once it works again', async (t) => {
  const home = openHome(t)
  const bench = await home.open()
  // A directory of that name cannot be replaced by a file.
  mkdirSync(home.file)
  const told = (): readonly unknown[] => bench.log.filter(({ event }) => event === 'standings.failed').map(({ msg }) => msg)
  bench.upstream.script('*', rateLimited({ afterSeconds: 3600 }))
  assert.equal((await bench.ask()).status, 429)
  bench.clock.advance(5000)
  await until('the warning', () => told().length === 1)
  const reload = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"action":"reload","scope":"all"}' }
  const reloaded: unknown = await (await fetch(`${bench.url}/quota-stats`, reload)).json()
  assert.equal(at(reloaded, 'refresh_result', 'success'), false)
  assert.equal(told().length, 1)
  rmSync(home.file, { recursive: true })
  bench.clock.advance(30_000)
  await until('the recovery', () => told().length === 2)
  assert.match(String(told()[1]), /written down again/)
  assert.match(readFileSync(home.file, 'utf8'), /"rate-limited"/)
})

test('a change is on the disk within five seconds, and what calls use up within half a minute', async (t) => {
  const home = openHome(t)
  const bench = await home.open()
  assert.equal((await bench.ask()).status, 200)
  bench.clock.advance(4999)
  assert.equal(existsSync(home.file), false)
  bench.clock.advance(25_001)
  await until('the use to be written', () => existsSync(home.file) && /"requests":1/.test(readFileSync(home.file, 'utf8')))
  bench.upstream.script('*', rateLimited({ afterSeconds: 3600 }))
  assert.equal((await bench.ask()).status, 429)
  bench.clock.advance(5000)
  await until('the rest to be written', () => /"rate-limited"/.test(readFileSync(home.file, 'utf8')))
})

test('nothing is read and nothing is written where standings are not to be kept', async (t) => {
  const home = openHome(t)
  writeFileSync(home.file, 'not ours')
  const bench = await home.open(savedAt, { keepsStandings: false })
  assert.equal((await bench.ask()).status, 200)
  await bench.close()
  assert.equal(readFileSync(home.file, 'utf8'), 'not ours')
})

test('a process that is killed still knows the rest at its next start', async (t) => {
  const upstream = await openSimulator({ models: ['m'] })
  t.after(() => upstream.close())
  upstream.script('*', rateLimited({ afterSeconds: 3600 }), answer())
  const env = { ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: keyText('a') }
  const first = await runKeywheel(t, { env })
  assert.equal((await ask(first.origin)).status, 429)
  const file = join(first.directory, 'data', 'standings.json')
  await until('the file', () => existsSync(file))
  first.kill('SIGKILL')
  await first.exited
  const second = await runKeywheel(t, { env, directory: first.directory })
  const refused = await ask(second.origin)
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers.get('retry-after')) > 3500)
  assert.equal(upstream.calls.length, 1)
})

function ask(origin: string): Promise<Response> {
  const body = JSON.stringify({ model: 'alpha/m', messages: [{ role: 'user', content: 'hello' }] })
  return fetch(`${origin}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
}

async function credentials(bench: Bench): Promise<readonly unknown[]> {
  const stats: unknown = await (await fetch(`${bench.url}/quota-stats`)).json()
  return Object.values(at(stats, 'providers', 'alpha', 'credentials') as object)
}
