/** Who may call: a key from any header that clients use, or everybody where the owner asks for none. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { keyRejected } from '@keywheel/simulator'
import { ConfigError, loadConfig } from '../src/config/load-config.ts'
import { openRaw, request } from './edge/raw.ts'
import { errorIn } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const one = keyText('proxy-one')
const two = keyText('proxy-two')
const page = 'https://lite.koboldai.net'

function openKeyed(t: TestContext): Promise<Bench> {
  return openBench(t, { env: { PROXY_API_KEY: ` ${one} , ${two} `, CORS_ORIGINS: page, LOG_LEVEL: 'trace' } })
}

const accepted: Readonly<Record<string, Record<string, string>>> = {
  'Authorization: Bearer': { authorization: `Bearer ${one}` },
  'authorization: bearer, and spaces': { authorization: `bearer   ${one} ` },
  BEARER: { authorization: `BEARER ${two}` },
  'x-api-key': { 'x-api-key': one },
  'api-key': { 'api-key': two },
  'x-goog-api-key': { 'x-goog-api-key': one },
  'the same key in several headers': { authorization: `Bearer ${one}`, 'x-api-key': one, 'api-key': one },
  'one known key among several': { authorization: 'Bearer null', 'x-api-key': two },
}

test('a key is taken from every header that clients put it in', async (t) => {
  const bench = await openKeyed(t)
  for (const [name, headers] of Object.entries(accepted)) {
    await t.test(name, async () => {
      assert.equal((await bench.ask({}, { headers })).status, 200)
      assert.equal((await fetch(`${bench.url}/models`, { headers })).status, 200)
    })
  }
})

const refused: Readonly<Record<string, Record<string, string>>> = {
  'no key': {},
  'a wrong key': { authorization: `Bearer ${one}x` },
  'a key cut short': { authorization: `Bearer ${one.slice(0, -1)}` },
  'a key in other letters': { authorization: `Bearer ${one.toUpperCase()}` },
  'an empty key': { authorization: 'Bearer ', 'x-api-key': '' },
  'both keys at once': { 'x-api-key': `${one}, ${two}` },
  'another scheme': { authorization: `Basic ${Buffer.from(`user:${one}`).toString('base64')}` },
  'no scheme': { authorization: one },
  'Bearer null': { authorization: 'Bearer null' },
  'a header nobody uses': { 'x-key': one },
  'a cookie': { cookie: `key=${one}` },
}

test('without a known key a call gets a 401 that a page can read, and no provider is asked', async (t) => {
  const bench = await openKeyed(t)
  for (const [name, headers] of Object.entries(refused)) {
    await t.test(name, async () => {
      const answer = await bench.ask({}, { headers: { ...headers, origin: page } })
      assert.equal(answer.status, 401)
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
      assert.equal(answer.headers.get('access-control-allow-origin'), page)
      const { message, type, code } = errorIn(await answer.text())
      assert.match(message, /key/)
      assert.deepEqual([type, code], ['authentication_error', 'invalid_api_key'])
    })
  }
  assert.deepEqual(bench.upstream.calls, [])
})

test('a key in the query is not accepted, because addresses end up in logs', async (t) => {
  const bench = await openKeyed(t)
  for (const name of ['key', 'api_key', 'api-key', 'access_token']) {
    assert.equal((await fetch(`${bench.url}/models?${name}=${one}`)).status, 401, name)
  }
})

test('everything that tells of models, keys and volumes needs a key', async (t) => {
  const bench = await openKeyed(t)
  for (const path of ['/models', '/v1/models/alpha/m', '/v1/providers', '/v1/quota-stats', '/metrics', '/v1/quota-stats?provider=alpha']) {
    assert.equal((await fetch(bench.origin + path)).status, 401, path)
    assert.equal((await fetch(bench.origin + path, { headers: { 'x-api-key': two } })).status, 200, path)
  }
})

const tricks = [
  'GET //metrics',
  'GET /metrics/',
  'GET /metrics?x=/health',
  'GET /%6detrics',
  'GET /health/../metrics',
  'GET /health/..%2fmetrics',
  'GET /health%2f..%2fmetrics',
  'GET /health/..;/metrics',
  'GET /health/%2e%2e/metrics',
  'GET /health\\..\\metrics',
  'GET /Metrics',
  'GET /metrics%00/health',
  'GET /metrics%3f/health',
  'GET http://127.0.0.1/metrics',
  'HEAD /metrics',
  'HEAD /v1/models',
  'GET /v1/v1/models',
  'GET /v1/models/health',
  'GET /v1/models/..%2fhealth',
  'GET //v1//quota-stats//',
] as const

test('no spelling of a path and no Host gets past the key', async (t) => {
  const { port } = await openKeyed(t)
  for (const line of tricks) {
    for (const host of ['gateway.test', '127.0.0.1', 'localhost/health', 'a@b']) {
      const connection = await openRaw(port)
      connection.write(request(line, { host, connection: 'close', 'x-forwarded-host': 'localhost', 'x-original-url': '/health' }))
      assert.match(await connection.closed, /^HTTP\/1\.1 (400|401|404) /, `${line} at ${host}`)
    }
  }
})

test('a caller without a key is refused before its body is read', async (t) => {
  const bench = await openKeyed(t)
  const answer = await bench.ask({}, { body: '{ not json' })
  assert.equal(answer.status, 401)
})

test('rows tell callers apart without holding their keys', async (t) => {
  const bench = await openKeyed(t)
  for (const key of [one, two, one]) await (await bench.ask({}, { headers: { 'x-api-key': key } })).text()
  const rows = await bench.rows()
  assert.equal(new Set(rows.map(({ caller }) => caller)).size, 2)
  assert.equal(JSON.stringify(rows).includes(one), false)
})

test('no key is written to the log at any level, neither a caller’s nor a provider’s, right or wrong', async (t) => {
  const bench = await openKeyed(t)
  const wrong = 'sk-wrong-0123456789abcdefghijklmnop'
  bench.upstream.script('*', { is: 'status', status: 401, body: { error: { message: `Incorrect API key: ${keyText('a')}` } } })
  for (const key of [one, wrong]) {
    await bench.ask({}, { headers: { authorization: `Bearer ${key}` } })
    await fetch(`${bench.url}/models?key=${key}`, { headers: { 'x-api-key': key } })
  }
  await bench.close()
  const log = JSON.stringify(bench.log)
  assert.match(log, /attempt\.failed/)
  for (const secret of [one, two, wrong, keyText('a')]) assert.equal(log.includes(secret), false, secret)
})

test('a provider’s 401 is not the caller’s', async (t) => {
  const bench = await openKeyed(t)
  bench.upstream.script('*', keyRejected())
  const answer = await bench.ask({}, { headers: { 'x-api-key': one } })
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('www-authenticate'), null)
})

test('a provider that repeats its key in an error does not show it to the caller or the log', async (t) => {
  const bench = await openKeyed(t)
  bench.upstream.script('*', { is: 'status', status: 401, body: { error: { message: `Nobody has ${keyText('a')} here.` } } })
  const answer = await bench.ask({}, { headers: { 'x-api-key': one } })
  assert.equal((await answer.text()).includes(keyText('a')), false)
  assert.equal(JSON.stringify(bench.log).includes(keyText('a')), false)
})

test('an open gateway takes what clients send when they have no key', async (t) => {
  const bench = await openBench(t, { env: { PROXY_API_KEY: '  ' } })
  const given: readonly Record<string, string>[] = [
    {},
    { authorization: 'Bearer null' },
    { authorization: 'Bearer undefined' },
    { authorization: 'Bearer kobo' },
    { authorization: 'Bearer' },
    { 'x-api-key': 'sk-anything' },
  ]
  for (const headers of given) assert.equal((await bench.ask({}, { headers })).status, 200, JSON.stringify(headers))
  assert.ok(bench.upstream.calls.every((call) => call.key === keyText('a')))
})

test('an open gateway warns at the first call, and then once an hour', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock })
  const warnings = (): number => bench.log.filter((line) => line['event'] === 'access.open' && line['level'] === 'warn').length
  const list = async (): Promise<void> => void (await (await fetch(`${bench.url}/providers`)).text())
  await fetch(`${bench.origin}/health`)
  assert.equal(warnings(), 0)
  await list()
  await list()
  clock.advance(3_599_999)
  await list()
  assert.equal(warnings(), 1)
  clock.advance(1)
  await list()
  await list()
  assert.equal(warnings(), 2)
})

test('a gateway with a key never warns of open access', async (t) => {
  const bench = await openKeyed(t)
  await bench.ask()
  await bench.ask({}, { headers: { 'x-api-key': one } })
  assert.equal(
    bench.log.some((line) => line['event'] === 'access.open'),
    false,
  )
})

test('an open gateway does not listen where others can reach it, unless the owner wants that', async (t) => {
  const sources = { directory: tmpdir(), flags: {}, known: [], presets: [] }
  assert.throws(() => loadConfig({ env: { HOST: '0.0.0.0' }, ...sources }), ConfigError)
  const bench = await openBench(t, { env: { HOST: '0.0.0.0', ALLOW_OPEN_ACCESS: 'true' } })
  assert.equal((await bench.ask()).status, 200)
  const keyed = await openBench(t, { env: { HOST: '0.0.0.0', PROXY_API_KEY: one } })
  assert.equal((await keyed.ask()).status, 401)
})
