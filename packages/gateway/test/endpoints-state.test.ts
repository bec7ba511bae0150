/** What the gateway tells of itself: health, metrics, keys and their rests, and the log line of each call. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { answer, closedPort, keyRejected, rateLimited, serverError } from '@keywheel/simulator'
import { at } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

/** Key `a` is asked before key `b`. */
const twoInTurn: Given = { keys: { alpha: ['a', 'b'] }, env: { ROTATION_MODE_ALPHA: 'sequential' } }

async function json(bench: Bench, path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(bench.origin + path, init)
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  return response.json()
}

/** The value of one series in Prometheus' text, labels in any order. */
async function metric(bench: Bench, name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const text = await (await fetch(`${bench.origin}/metrics`)).text()
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  for (const line of text.split('\n')) {
    const [, series = '', value] = /^(\S+?(?:\{.*\})?) (\S+)$/.exec(line) ?? []
    const [own, given = ''] = series.split('{')
    if (own === name && wanted.every((label) => given.includes(label))) return Number(value)
  }
  return 0
}

test('the greeting names the program, its version and its home', async (t) => {
  const bench = await openBench(t)
  const greeting = await json(bench, '/')
  assert.deepEqual([at(greeting, 'name'), at(greeting, 'status')], ['Keywheel', 'ok'])
  assert.match(String(at(greeting, 'version')), /^\d+\.\d+\.\d+/)
  assert.match(String(at(greeting, 'homepage')), /^https:\/\/github\.com\//)
})

test('health says whether access is open', async (t) => {
  const open = await json(await openBench(t), '/health')
  assert.deepEqual([at(open, 'status'), at(open, 'auth'), at(open, 'providers', 'usable')], ['healthy', 'open', 1])
  const keyed = await json(await openBench(t, { env: { PROXY_API_KEY: keyText('proxy') } }), '/health')
  assert.equal(at(keyed, 'auth'), 'key')
})

test('health is degraded while a provider has no usable key, and healthy again when one is back', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock })
  bench.upstream.script('*', keyRejected(), answer())
  await (await bench.ask()).text()
  const health = await json(bench, '/health')
  assert.deepEqual([at(health, 'status'), at(health, 'providers')], ['degraded', { total: 1, usable: 0 }])
  clock.advance(48 * 3_600_000)
  assert.equal(at(await json(bench, '/health'), 'status'), 'healthy')
})

test('the metrics equal the traffic that was played', async (t) => {
  const bench = await openBench(t, { keys: { alpha: ['a', 'b'] } })
  const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14, prompt_tokens_details: { cached_tokens: 3 } }
  bench.upstream.script('*', serverError(), answer({ usage }))
  for (const body of [{}, {}, { stream: true }]) await (await bench.ask(body)).text()
  await (await bench.ask({ model: 'nowhere' })).text()
  await (await fetch(`${bench.url}/nothing`)).text()
  const provider = 'alpha'
  assert.equal(await metric(bench, 'keywheel_calls_total', { provider, status_class: '2xx', end: 'answered' }), 3)
  assert.equal(await metric(bench, 'keywheel_attempts_total', { provider, outcome: 'committed' }), 3)
  assert.equal(await metric(bench, 'keywheel_attempts_total', { provider, outcome: 'failed' }), 1)
  assert.equal(await metric(bench, 'keywheel_errors_total', { provider, reason: 'upstream-broken' }), 1)
  assert.equal(await metric(bench, 'keywheel_input_tokens_total', { provider, source: 'provider' }), 21)
  assert.equal(await metric(bench, 'keywheel_cache_read_tokens_total', { provider }), 9)
  assert.equal(await metric(bench, 'keywheel_output_tokens_total', { provider }), 12)
  assert.equal(await metric(bench, 'keywheel_call_duration_seconds_count', { provider }), 3)
  assert.equal(await metric(bench, 'keywheel_served_total', { status_class: '4xx', reason: 'unknown-model' }), 1)
  assert.equal(await metric(bench, 'keywheel_served_total', { status_class: '4xx', reason: 'bad-request' }), 1)
  assert.equal(await metric(bench, 'keywheel_calls_in_flight'), 0)
  assert.equal(bench.upstream.calls.length, 4)
})

test('the metrics count keys by state and calls in flight', async (t) => {
  const bench = await openBench(t, twoInTurn)
  bench.upstream.script(keyText('a'), keyRejected())
  bench.upstream.script(keyText('b'), { is: 'wire', steps: [{ do: 'stall' }] })
  const leaving = new AbortController()
  const asked = bench.ask({}, { signal: leaving.signal }).catch(() => undefined)
  await bench.upstream.seen(2)
  assert.equal(await metric(bench, 'keywheel_keys', { provider: 'alpha', state: 'dead' }), 1)
  assert.equal(await metric(bench, 'keywheel_keys', { provider: 'alpha', state: 'ready' }), 1)
  assert.equal(await metric(bench, 'keywheel_calls_in_flight'), 1)
  leaving.abort()
  await asked
})

test('the metrics hold no name that a caller made up', async (t) => {
  const bench = await openBench(t)
  await (await bench.ask({ model: 'alpha/made-up-by-a-caller' })).text()
  await (await bench.ask({ model: 'made-up/by-a-caller' })).text()
  await (await fetch(`${bench.url}/made-up-by-a-caller`)).text()
  const text = await (await fetch(`${bench.origin}/metrics`)).text()
  assert.match(text, /^# TYPE keywheel_calls_total counter$/m)
  assert.doesNotMatch(text, /made-up/)
})

test('the providers are listed with their addresses and how many keys they have', async (t) => {
  const bench = await openBench(t, { keys: { alpha: ['a', 'b'] } })
  const list = await json(bench, '/v1/providers')
  const alpha = { id: 'alpha', object: 'provider', name: 'alpha', base_url: bench.upstream.url, keys: 2, rotation_mode: 'balanced' }
  assert.deepEqual(at(list, 'data'), [{ ...alpha, models: 0 }])
  await json(bench, '/v1/models')
  assert.equal(at(await json(bench, '/v1/providers'), 'data', 0, 'models'), 1)
})

test('a resting key is shown with its reason and until when, and never in full', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { ...twoInTurn, clock, chance: () => 0 })
  bench.upstream.script(keyText('a'), rateLimited({ afterSeconds: 90 }))
  for (let i = 0; i < 2; i++) assert.equal((await bench.ask()).status, 200)
  const text = await (await fetch(`${bench.url}/quota-stats`)).text()
  for (const key of ['a', 'b']) assert.equal(text.includes(keyText(key)), false)
  const credentials = Object.values(at(JSON.parse(text), 'providers', 'alpha', 'credentials') as object)
  const resting: unknown = credentials.find((each) => at(each, 'status') !== 'active')
  const rest = at(resting, 'cooldowns', 'm')
  assert.deepEqual([at(rest, 'state'), at(rest, 'reason'), at(rest, 'remaining_seconds')], ['resting', 'rate-limited', 90])
  assert.equal(at(rest, 'until'), clock.wallNow() / 1000 + 90)
  assert.match(String(at(resting, 'accessor_masked')), /…/)
  assert.deepEqual(await exhausted(bench), [1, 1])
  clock.advance(90_000)
  assert.deepEqual(await exhausted(bench), [2, 0])
})

async function exhausted(bench: Bench): Promise<readonly unknown[]> {
  const summary = at(await json(bench, '/v1/quota-stats'), 'summary')
  return [at(summary, 'active_credentials'), at(summary, 'exhausted_credentials')]
}

test('quota stats count what each key was used for', async (t) => {
  const bench = await openBench(t)
  for (let i = 0; i < 3; i++) await (await bench.ask()).text()
  const stats = await json(bench, '/v1/quota-stats')
  const summary = { total_providers: 1, total_credentials: 1, active_credentials: 1, exhausted_credentials: 0, total_requests: 3 }
  for (const [name, value] of Object.entries(summary)) assert.equal(at(stats, 'summary', name), value, name)
  assert.equal(at(stats, 'providers', 'alpha', 'tokens', 'output'), 12)
  const [credential] = Object.values(at(stats, 'providers', 'alpha', 'credentials') as object)
  assert.equal(at(credential, 'model_usage', 'm', 'totals', 'success'), 3)
  assert.deepEqual(at(await json(bench, '/v1/quota-stats?provider=nobody'), 'providers'), {})
})

test('an answer says who gave it, after how many attempts, and where the time went', async (t) => {
  const bench = await openBench(t, twoInTurn)
  bench.upstream.script(keyText('a'), keyRejected())
  bench.upstream.script(keyText('b'), answer())
  for (const [attempts, body] of [
    ['2', {}],
    ['1', { stream: true }],
  ] as const) {
    const { headers } = await bench.ask(body)
    assert.equal(headers.get('x-keywheel-provider'), 'alpha')
    assert.equal(headers.get('x-keywheel-model'), 'm')
    assert.match(headers.get('server-timing') ?? '', /^before;dur=[\d.]+, (upstream|first-content);dur=[\d.]+, total;dur=[\d.]+$/)
    assert.equal(headers.get('x-keywheel-attempts'), attempts)
    assert.equal(headers.get('x-keywheel-route'), null)
  }
})

test('an answer by a virtual model or an alias names the route', async (t) => {
  const yaml = `
providers: { alpha: { base_url: "\${ALPHA_URL}", keys: ["${keyText('a')}"] } }
virtual_models: { clever: { fallback_chain: [{ provider: alpha, model: m, priority: 1 }] } }
aliases: { gpt-4o: clever, straight: alpha/m }
`
  const bench = await openBench(t, { yaml })
  const routeOf = async (model: string): Promise<string | null> => (await bench.ask({ model })).headers.get('x-keywheel-route')
  assert.equal(await routeOf('clever'), 'clever')
  assert.equal(await routeOf('gpt-4o'), 'clever')
  assert.equal(await routeOf('straight'), 'straight')
})

test('every call leaves one line in the log, with its id and both times', async (t) => {
  const bench = await openBench(t)
  const ids: (string | null)[] = []
  for (const body of [{}, { stream: true }, { model: 'nowhere' }]) {
    const response = await bench.ask(body)
    await response.text()
    ids.push(response.headers.get('x-request-id'))
  }
  await bench.close()
  const lines = ids.map((id) => bench.log.filter((line) => line['id'] === id))
  assert.deepEqual(
    lines.map((found) => found.map((line) => line['event'])),
    [['call.settled'], ['call.settled'], ['call.served']],
  )
  for (const [line] of lines.slice(0, 2)) {
    assert.equal(line?.['status'], 200)
    assert.ok(Number(line?.['totalMs']) >= Number(line?.['upstreamMs']) && Number(line?.['upstreamMs']) > 0)
  }
  assert.ok(Number(lines[2]?.[0]?.['totalMs']) >= 0)
})

test('a provider that nobody answers at is told apart from one that refuses', async (t) => {
  const bench = await openBench(t, { env: { BETA_API_BASE: `http://127.0.0.1:${await closedPort()}/v1` } })
  const response = await bench.ask({ model: 'beta/m' })
  assert.equal(response.status, 503)
  const body: unknown = await response.json()
  assert.equal(at(body, 'error', 'code'), 'provider_unreachable')
  assert.equal(await metric(bench, 'keywheel_calls_total', { provider: 'beta', status_class: '5xx' }), 1)
})
