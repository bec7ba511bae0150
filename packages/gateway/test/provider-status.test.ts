/** How providers are, as their calls tell. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { answer, badRequest, faults, keyRejected, rateLimited, serverError } from '@keywheel/simulator'
import { at, errorIn } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import { ask, json, once, refresh, statusOf } from './health/ask-status.ts'
import { metricIn } from './process/metrics.ts'
import { until } from './process/until.ts'

test('a provider that was never asked for anything is unknown, and is shown', async (t) => {
  const bench = await openBench(t)
  const status = await json(bench, '/api/providers/status')
  assert.match(String(at(status, 'timestamp')), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  const unknown = {
    status: 'unknown',
    response_time_ms: 0,
    uptime_percent: 0,
    rate_limit_percent: 0,
    last_check: 'never',
    error_message: null,
    consecutive_failures: 0,
  }
  assert.deepEqual(at(status, 'providers'), { alpha: unknown })
  assert.deepEqual(await json(bench, '/api/providers/status/alpha'), { provider_name: 'alpha', ...unknown })
  const best = await json(bench, '/api/providers/best')
  assert.deepEqual([at(best, 'best_provider'), at(best, 'alternatives')], [null, []])
})

test('calls alone make a provider healthy, and nothing is asked of it for that', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock })
  assert.equal(await ask(bench), 200)
  const alpha = await statusOf(bench, 'alpha')
  assert.deepEqual(
    [alpha['status'], alpha['uptime_percent'], alpha['rate_limit_percent'], alpha['error_message']],
    ['healthy', 100, 0, null],
  )
  assert.equal(alpha['last_check'], new Date(clock.wallNow()).toISOString())
  assert.equal(bench.upstream.calls.length, 1)
})

test('three faults in a row mean down, and one good call ends that', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock, chance: () => 0, adjust: once })
  bench.upstream.script('*', serverError(), serverError(), serverError(), answer())
  for (const [failures, status] of [
    [1, 'degraded'],
    [2, 'degraded'],
    [3, 'down'],
  ] as const) {
    assert.equal(await ask(bench), 502)
    const alpha = await statusOf(bench, 'alpha')
    assert.deepEqual([alpha['status'], alpha['consecutive_failures']], [status, failures])
    assert.match(String(alpha['error_message']), /server had an error/)
  }
  assert.equal(at(await json(bench, '/api/providers/best'), 'best_provider'), null)
  assert.match(String(at(await json(bench, '/api/providers/best'), 'reason')), /down/)
  assert.deepEqual(at(await json(bench, '/health'), 'provider_status'), { healthy: 0, degraded: 0, down: 1, unknown: 0 })
  assert.equal(at(await json(bench, '/health'), 'status'), 'degraded')
  clock.advance(300_000)
  assert.equal(await ask(bench), 200)
  const back = await statusOf(bench, 'alpha')
  assert.deepEqual([back['status'], back['consecutive_failures'], back['uptime_percent'], back['error_message']], ['healthy', 0, 25, null])
})

test('one fault among many good calls degrades nobody; every tenth does, for five minutes', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock, chance: () => 0, adjust: once })
  for (let call = 0; call < 11; call++) await ask(bench)
  bench.upstream.script('*', serverError(), answer())
  await ask(bench)
  assert.equal((await statusOf(bench, 'alpha'))['status'], 'healthy')
  bench.upstream.script('*', serverError(), answer())
  await ask(bench)
  await ask(bench)
  assert.equal((await statusOf(bench, 'alpha'))['status'], 'degraded')
  clock.advance(310_000)
  await ask(bench)
  assert.equal((await statusOf(bench, 'alpha'))['status'], 'healthy')
})

test('what is the fault of a caller or of a key is not held against the provider', async (t) => {
  const bench = await openBench(t, { keys: { alpha: ['a', 'b'] }, adjust: once, env: { ROTATION_MODE_ALPHA: 'sequential' } })
  await ask(bench)
  bench.upstream.script('*', badRequest(), answer())
  assert.equal(await ask(bench), 400)
  bench.upstream.script(keyText('a'), keyRejected())
  assert.equal(await ask(bench), 200)
  const alpha = await statusOf(bench, 'alpha')
  assert.deepEqual([alpha['status'], alpha['uptime_percent'], alpha['consecutive_failures']], ['healthy', 100, 0])
})

test('the part of attempts that were limited is told, and is no fault', async (t) => {
  const bench = await openBench(t, { keys: { alpha: ['a', 'b'] }, env: { ROTATION_MODE_ALPHA: 'sequential' } })
  bench.upstream.script(keyText('a'), rateLimited({ afterSeconds: 90 }))
  assert.equal(await ask(bench), 200)
  const alpha = await statusOf(bench, 'alpha')
  assert.deepEqual([alpha['status'], alpha['rate_limit_percent'], alpha['uptime_percent']], ['healthy', 50, 100])
})

test('an answer that breaks off after its beginning counts against its provider', async (t) => {
  const bench = await openBench(t)
  bench.upstream.script('*', faults.F35.reply({ events: 3 }))
  await ask(bench, { stream: true })
  const alpha = await until('the broken end', async () => {
    const status = await statusOf(bench, 'alpha')
    return status['consecutive_failures'] === 1 && status
  })
  assert.deepEqual([alpha['status'], alpha['uptime_percent']], ['degraded', 50])
  assert.match(String(alpha['error_message']), /broke off/)
})

test('of a provider with one broken model only the model rests: it is degraded and not down', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock, chance: () => 0, adjust: once })
  bench.upstream.script('*', serverError())
  for (let call = 0; call < 3; call++) await ask(bench)
  assert.equal((await statusOf(bench, 'alpha'))['status'], 'down')
  bench.upstream.script('*', answer())
  assert.equal(await ask(bench, { model: 'alpha/other' }), 200)
  assert.equal((await statusOf(bench, 'alpha'))['status'], 'degraded')
})

test('a provider whose calls failed long ago is healthy again once its list says so, though nobody calls it', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock, chance: () => 0, adjust: once })
  bench.upstream.script('*', serverError())
  for (let call = 0; call < 3; call++) await ask(bench)
  await refresh(bench)
  assert.equal((await statusOf(bench, 'alpha'))['status'], 'down')
  clock.advance(300_000)
  await refresh(bench)
  assert.deepEqual([(await statusOf(bench, 'alpha'))['status'], (await statusOf(bench, 'alpha'))['consecutive_failures']], ['healthy', 0])
})

test('a provider that does not exist is a 404 in plain words', async (t) => {
  const bench = await openBench(t)
  for (const [method, path] of [
    ['GET', '/api/providers/status/nobody'],
    ['GET', '/api/providers/history/nobody'],
    ['GET', '/api/providers/history/nobody?hours=5'],
    ['POST', '/api/providers/refresh?provider=nobody'],
  ] as const) {
    const response = await fetch(bench.origin + path, { method })
    assert.equal(response.status, 404, path)
    assert.equal(errorIn(await response.text()).code, 'provider_not_found', path)
  }
})

test('all of it is for holders of the key alone, where there is one; health stays open and names no key', async (t) => {
  const bench = await openBench(t, { env: { PROXY_API_KEY: keyText('proxy') } })
  const paths = ['status', 'status/alpha', 'best', 'history', 'history/alpha', 'export/csv', 'health']
  for (const path of paths) {
    assert.equal((await fetch(`${bench.origin}/api/providers/${path}`)).status, 401, path)
    const headers = { authorization: `Bearer ${keyText('proxy')}` }
    assert.equal((await fetch(`${bench.origin}/api/providers/${path}`, { headers })).status, 200, path)
  }
  assert.equal((await fetch(`${bench.origin}/api/providers/refresh`, { method: 'POST' })).status, 401)
  const health = await (await fetch(`${bench.origin}/health`)).text()
  assert.match(health, /"provider_status":\{"healthy":0,"degraded":0,"down":0,"unknown":1\}/)
  assert.doesNotMatch(health, /key-|alpha/)
})

test('the metrics say how each provider is', async (t) => {
  const bench = await openBench(t)
  await ask(bench)
  const text = await (await fetch(`${bench.origin}/metrics`)).text()
  assert.equal(metricIn(text, 'keywheel_provider_status', { provider: 'alpha', status: 'healthy' }), 1)
})
