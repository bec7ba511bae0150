/** `keywheel keys …`: the real program asks the gateway that runs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, closedPort, keyRejected, openSimulator, rateLimited } from '@keywheel/simulator'
import { at } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'
import { endedKeywheel, runKeywheel } from './process/keywheel.ts'

const proxyKey = keyText('proxy')

type Ended = Awaited<ReturnType<typeof endedKeywheel>>

/** A gateway with two keys of alpha, and the command that talks to it. */
async function openPair(t: TestContext): Promise<Bench & { readonly keys: (...args: string[]) => Promise<Ended> }> {
  const env = { PROXY_API_KEY: proxyKey, ROTATION_MODE_ALPHA: 'sequential' }
  const bench = await openBench(t, { keys: { alpha: ['a', 'b'] }, env, chance: () => 0 })
  const keys = async (...args: string[]): Promise<Ended> => {
    const ended = await endedKeywheel(t, { args: ['keys', ...args, '--url', bench.origin], env: { PROXY_API_KEY: proxyKey } })
    for (const key of ['a', 'b', 'proxy']) assert.equal(`${ended.out}${ended.err}`.includes(keyText(key)), false)
    return ended
  }
  return { ...bench, keys }
}

const authorization = { 'content-type': 'application/json', authorization: `Bearer ${proxyKey}` }

async function idOf(bench: Bench, index: number): Promise<string> {
  const stats: unknown = await (await fetch(`${bench.url}/quota-stats`, { headers: authorization })).json()
  return Object.keys(at(stats, 'providers', 'alpha', 'credentials') as object)[index] ?? ''
}

test('list shows every key in a table, with what rests, why, until when and who says so', async (t) => {
  const bench = await openPair(t)
  bench.upstream.script(keyText('a'), rateLimited({ afterSeconds: 1800 }))
  assert.equal((await bench.ask({}, { headers: authorization })).status, 200)
  const [a, b] = [await idOf(bench, 0), await idOf(bench, 1)]
  const { code, out, err } = await bench.keys('list')
  assert.deepEqual([code, err], [0, ''])
  const [head, first, rest, second, ...more] = out.trimEnd().split('\n')
  assert.match(head ?? '', /^PROVIDER +ID +KEY +TIER +PRIORITY +STATE$/)
  assert.match(first ?? '', new RegExp(`^alpha +${a} +key-…cdef +1 +○ resting$`))
  assert.match(rest ?? '', /^ {4}m: resting \(rate-limited, as the provider told\), back in (?:30 min|29 min \d+ s) at \d\d:\d\d:\d\d$/)
  assert.match(second ?? '', new RegExp(`^alpha +${b} +key-…cdef +1 +● ready$`))
  assert.deepEqual(more, [])
})

test('--json is for programs, and --provider and --key narrow the choice', async (t) => {
  const bench = await openPair(t)
  const id = await idOf(bench, 1)
  const { code, out } = await bench.keys('list', '--json', '--provider', 'alpha', '--key', id)
  assert.equal(code, 0)
  const list = JSON.parse(out) as readonly unknown[]
  assert.deepEqual(
    list.map((key) => [at(key, 'provider'), at(key, 'stable_id'), at(key, 'status')]),
    [['alpha', id, 'active']],
  )
})

test('a key is disabled and enabled without naming its provider', async (t) => {
  const bench = await openPair(t)
  const id = await idOf(bench, 0)
  assert.deepEqual(await bench.keys('disable', '--key', id), { code: 0, signal: null, out: '1 key disabled now.\n', err: '' })
  assert.match((await bench.keys('list')).out, /– disabled\n {4}the key as a whole: disabled \(disabled by operator [0-9a-f]{12}\)\n/)
  assert.equal((await bench.ask({}, { headers: authorization })).status, 200)
  assert.deepEqual(
    bench.upstream.calls.map(({ key }) => key),
    [keyText('b')],
  )
  const enabled = await bench.keys('enable', '--provider', 'alpha', '--json')
  assert.deepEqual([enabled.code, at(JSON.parse(enabled.out), 'changed')], [0, 1])
})

test('a refused key makes a test fail with a code of its own, and clear ends a rest', async (t) => {
  const bench = await openPair(t)
  bench.upstream.script(keyText('a'), rateLimited({ afterSeconds: 5400 }), keyRejected(), answer())
  assert.equal((await bench.ask({}, { headers: authorization })).status, 200)
  const cleared = await bench.keys('clear', '--model', 'm')
  assert.deepEqual([cleared.code, cleared.out], [0, 'Rests and learnt limits were cleared: 1 key changed.\n'])
  const tested = await bench.keys('test')
  assert.equal(tested.code, 3)
  assert.match(
    tested.out,
    /^alpha +[0-9a-f]{12} +key-…cdef +✕ failed +401 .*\nalpha +[0-9a-f]{12} +key-…cdef +● ok +200 .*\n1 of 2 keys passed\.\n$/,
  )
})

test('the address and the key come from the same settings as those of the gateway', async (t) => {
  const upstream = await openSimulator({ models: ['m'] })
  t.after(() => upstream.close())
  const port = await closedPort()
  const files = { '.env': `PROXY_API_KEY=${proxyKey}\nPORT=${port}\nALPHA_API_BASE=${upstream.url}\nALPHA_API_KEY=${keyText('a')}\n` }
  const gateway = await runKeywheel(t, { files, env: { PORT: String(port), HOST: '0.0.0.0' } })
  const { code, out } = await endedKeywheel(t, { args: ['keys', 'list'], directory: gateway.directory, env: { HOST: '0.0.0.0' } })
  assert.equal(code, 0)
  assert.match(out, /^PROVIDER[^]*\nalpha .*● ready\n$/)
})

test('where no gateway runs, or another program answers, it says so and what to do', async (t) => {
  const port = String(await closedPort())
  const nobody = await endedKeywheel(t, { args: ['keys', 'list', '--port', port] })
  assert.deepEqual([nobody.code, nobody.out], [1, ''])
  assert.equal(
    nobody.err,
    `No gateway answers at http://127.0.0.1:${port} (ECONNREFUSED). Start it with \`keywheel start\`, or say where it is with --url.\n`,
  )
  const upstream = await openSimulator({ models: ['m'] })
  t.after(() => upstream.close())
  const other = await endedKeywheel(t, { args: ['keys', 'list', '--url', upstream.url] })
  assert.deepEqual([other.code, other.out], [1, ''])
  assert.match(other.err, /^(What answers at http:\S+ is no Keywheel|The gateway at http:\S+ (refuses|wants its key))/)
})

test('a wrong key, an unknown key id and wrong words fail with a sentence that repeats nothing', async (t) => {
  const bench = await openPair(t)
  const url = ['--url', bench.origin]
  const unkeyed = await endedKeywheel(t, { args: ['keys', 'list', ...url] })
  assert.deepEqual([unkeyed.code, unkeyed.out], [1, ''])
  assert.match(unkeyed.err, /wants its key: set PROXY_API_KEY in the environment or in \.env\.\n$/)
  for (const [args, code, sentence] of [
    [['list', '--key', keyText('a')], 1, /no such key\. `keywheel keys list` shows the ids/],
    [['list', '--key', 'key-…cdef'], 1, /Several keys are called that/],
    [['list', '--provider', keyText('a')], 1, /no keys of such a provider\. It has keys of alpha\./],
    [['disable'], 64, /Say which keys: --provider or --key\.\n\nUsage: keywheel keys/],
    [['list', '--model', 'm'], 64, /--model goes with clear only/],
    [[keyText('a')], 64, /Say one of list, test, clear, disable, enable/],
    [[`--${keyText('a')}`], 64, /An option is not understood/],
  ] as const) {
    const ended = await bench.keys(...args)
    assert.deepEqual([ended.code, ended.out], [code, ''], args.join(' '))
    assert.match(ended.err, sentence)
  }
  const help = await bench.keys('--help')
  assert.deepEqual([help.code, help.err], [0, ''])
  assert.match(help.out, /^Usage: keywheel keys list\|test/)
})
