/** How the keys stand, and what an operator does about it while the gateway runs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { answer, keyRejected, rateLimited } from '@keywheel/simulator'
import type { Config, ConfiguredProvider } from '../src/config/config.ts'
import { at, errorIn } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

const inTurn: Given = { keys: { alpha: ['a', 'b'] }, env: { ROTATION_MODE_ALPHA: 'sequential' }, chance: () => 0 }

async function statsOf(bench: Bench): Promise<unknown> {
  return (await fetch(`${bench.url}/quota-stats`)).json()
}

/** The keys of alpha in their order. */
function credentialsIn(stats: unknown): readonly unknown[] {
  return Object.values(at(stats, 'providers', 'alpha', 'credentials') as object)
}

async function statuses(bench: Bench): Promise<readonly unknown[]> {
  return credentialsIn(await statsOf(bench)).map((key) => at(key, 'status'))
}

async function idOf(bench: Bench, index: number): Promise<string> {
  return String(at(credentialsIn(await statsOf(bench))[index], 'stable_id'))
}

function post(
  bench: Bench,
  body: object | string,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Response> {
  return fetch(`${bench.url}/quota-stats`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
}

async function told(bench: Bench, body: object): Promise<unknown> {
  const response = await post(bench, body)
  const text = await response.text()
  assert.equal(response.status, 200, text)
  for (const key of ['a', 'b']) assert.equal(text.includes(keyText(key)), false)
  return JSON.parse(text)
}

test('an operator takes a key out of use and puts it back', async (t) => {
  const bench = await openBench(t, inTurn)
  const credential = await idOf(bench, 0)
  const disabled = await told(bench, { action: 'disable', scope: 'credential', provider: 'alpha', credential })
  assert.deepEqual(at(disabled, 'result', 'success'), true)
  const [first] = credentialsIn(disabled)
  assert.equal(at(first, 'status'), 'disabled')
  const rest = { state: 'disabled', reason: 'disabled by operator', source: 'operator', remaining_seconds: null, until: null }
  assert.deepEqual(at(first, 'cooldowns', '*'), rest)
  assert.equal((await bench.ask()).status, 200)
  assert.deepEqual(
    bench.upstream.calls.map(({ key }) => key),
    [keyText('b')],
  )
  await told(bench, { action: 'enable', scope: 'credential', provider: 'alpha', credential })
  assert.deepEqual(await statuses(bench), ['active', 'active'])
})

test('a key can be named by what people see of it, where only one looks like that', async (t) => {
  const ask = { action: 'disable', scope: 'credential', provider: 'alpha', credential: 'key-…cdef' }
  const single = await openBench(t)
  await told(single, ask)
  assert.deepEqual(await statuses(single), ['disabled'])
  const several = await openBench(t, inTurn)
  const refused = await post(several, ask)
  assert.equal(refused.status, 400)
  assert.match(errorIn(await refused.text()).message, /Several keys of alpha look like that\. Use the id: /)
  assert.deepEqual(await statuses(several), ['active', 'active'])
})

test('who did it is named in the log and on the page where callers have keys', async (t) => {
  const bench = await openBench(t, { ...inTurn, env: { ...inTurn.env, PROXY_API_KEY: keyText('proxy') } })
  const ask = { action: 'disable', scope: 'provider', provider: 'alpha' }
  assert.equal((await post(bench, ask)).status, 401)
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${keyText('proxy')}` }
  const stats: unknown = await (await post(bench, ask, headers)).json()
  assert.match(String(at(credentialsIn(stats)[0], 'cooldowns', '*', 'reason')), /^disabled by operator [0-9a-f]{12}$/)
  assert.equal((await bench.ask({}, { headers })).status, 503)
  assert.equal(bench.log.filter(({ event, by }) => event === 'key.disabled' && /^operator [0-9a-f]{12}$/.test(String(by))).length, 2)
})

test('a rest is cleared for one model, and the key is used again', async (t) => {
  const bench = await openBench(t, { chance: () => 0 })
  bench.upstream.script('*', rateLimited({ afterSeconds: 3600 }), answer())
  assert.equal((await bench.ask()).status, 429)
  const other = await told(bench, { action: 'clear', scope: 'provider', provider: 'alpha', model: 'other' })
  assert.equal(at(other, 'result', 'changed'), 0)
  assert.equal((await bench.ask()).status, 429)
  const cleared = await told(bench, { action: 'clear', scope: 'all', model: 'm' })
  assert.equal(at(cleared, 'result', 'changed'), 1)
  assert.equal((await bench.ask()).status, 200)
})

test('a dead key comes back when a test passes, and the test says what it found', async (t) => {
  const bench = await openBench(t, inTurn)
  bench.upstream.script(keyText('a'), keyRejected())
  assert.equal((await bench.ask()).status, 200)
  assert.deepEqual(await statuses(bench), ['dead', 'active'])
  const rest = at(credentialsIn(await statsOf(bench))[0], 'cooldowns', '*')
  assert.deepEqual([at(rest, 'state'), at(rest, 'reason')], ['dead', 'key-rejected'])
  assert.ok(Number(at(rest, 'remaining_seconds')) > 0)
  const refused = await told(bench, { action: 'test', scope: 'all' })
  assert.deepEqual([at(refused, 'result', 'success'), at(refused, 'result', 'message')], [false, '1 of 2 keys passed.'])
  assert.deepEqual([at(refused, 'result', 'tested', 0, 'ok'), at(refused, 'result', 'tested', 0, 'status')], [false, 401])
  bench.upstream.script(keyText('a'), answer())
  const passed = await told(bench, { action: 'test', scope: 'credential', provider: 'alpha', credential: await idOf(bench, 0) })
  assert.equal(at(passed, 'result', 'success'), true)
  assert.deepEqual(await statuses(bench), ['active', 'active'])
})

test('a forced refresh tests every key and counts the failures', async (t) => {
  const bench = await openBench(t, inTurn)
  bench.upstream.script(keyText('b'), keyRejected())
  const stats = await told(bench, { action: 'force_refresh', scope: 'provider', provider: 'alpha' })
  assert.equal(at(stats, 'data_source'), 'refreshed')
  const { duration_ms: took, errors, ...result } = at(stats, 'refresh_result') as Record<string, unknown>
  assert.deepEqual(result, {
    action: 'force_refresh',
    scope: 'provider',
    provider: 'alpha',
    success: false,
    message: 'Keys were tested where that costs nothing.',
    credentials_refreshed: 2,
    success_count: 1,
    failed_count: 1,
  })
  assert.equal(typeof took, 'number')
  assert.equal((errors as readonly unknown[]).length, 1)
})

test('a reload writes the standings down and reads them back', async (t) => {
  const kept = at(await told(await openBench(t, { ...inTurn, keepsStandings: true }), { action: 'reload', scope: 'all' }), 'refresh_result')
  assert.equal(at(kept, 'success'), true)
  assert.match(String(at(kept, 'message')), /written to the disk and read back: 2 keys/)
  const forgetful = await openBench(t, inTurn)
  const result = at(await told(forgetful, { action: 'reload', scope: 'all' }), 'refresh_result')
  assert.match(String(at(result, 'message')), /not kept on the disk/)
})

test('what is not understood is refused by the name of its field, and changes nothing', async (t) => {
  const bench = await openBench(t, inTurn)
  for (const [body, status, param, message] of [
    [{ scope: 'all' }, 400, 'action', /one of reload, force_refresh, test, clear, disable, enable/],
    [{ action: 'explode', scope: 'all' }, 400, 'action', /one of reload/],
    [{ action: 'clear' }, 400, 'scope', /one of all, provider, credential/],
    [{ action: 'disable', scope: 'all' }, 400, 'scope', /one of provider, credential/],
    [{ action: 'disable', scope: 'provider' }, 400, 'provider', /missing: one of alpha/],
    [{ action: 'disable', scope: 'credential', provider: 'alpha' }, 400, 'credential', /missing: one of [0-9a-f]{12} \(key-…cdef\)/],
    [{ action: 'clear', scope: 'all', provider: 'alpha' }, 400, 'provider', /goes with scopes/],
    [{ action: 'disable', scope: 'provider', provider: 'alpha', credential: 'x' }, 400, 'credential', /goes with scope/],
    [{ action: 'test', scope: 'all', model: 'm' }, 400, 'model', /goes with action `clear`/],
    [{ action: 'test', scope: 'provider', provider: 7 }, 400, 'provider', /must be a text/],
    [{ action: 'test', scope: 'all', scpoe: 'x' }, 400, null, /A field is not understood/],
    [{ action: 'disable', scope: 'provider', provider: keyText('a') }, 404, 'provider', /no such provider/],
    [{ action: 'disable', scope: 'credential', provider: 'alpha', credential: keyText('a') }, 404, 'credential', /no such key/],
    ['[1]', 400, null, /must be a JSON object/],
  ] as const) {
    const response = await post(bench, body)
    const text = await response.text()
    assert.equal(response.status, status, text)
    const error = errorIn(text)
    assert.equal(error.param, param, text)
    assert.match(error.message, message)
    assert.equal(text.includes(keyText('a')), false)
  }
  assert.deepEqual(await statuses(bench), ['active', 'active'])
})

test('a form that another site’s page can send is refused, and so is a large body', async (t) => {
  const bench = await openBench(t)
  const ask = JSON.stringify({ action: 'disable', scope: 'provider', provider: 'alpha' })
  assert.equal((await post(bench, ask, { 'content-type': 'text/plain' })).status, 415)
  assert.equal((await post(bench, `${ask}${' '.repeat(70_000)}`)).status, 413)
  assert.deepEqual(await statuses(bench), ['active'])
})

const grouped = (config: Config): Config => ({
  ...config,
  providers: config.providers.map((provider): ConfiguredProvider => ({
    ...provider,
    keys: provider.keys.map((key, index) => ({ ...key, tier: index === 0 ? 'paid' : 'free', priority: index + 1 })),
    pool: {
      ...provider.pool,
      rotation: 'sequential',
      quotaGroups: { family: ['m', 'n'] },
      caps: [{ model: 'family', limit: { is: 'requests', amount: 2 }, rest: { is: 'reset' } }],
    },
  })),
})

test('a quota group is shown with its tiers, its window and its cap, for each key and over all of them', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { ...inTurn, clock, providers: { alpha: { models: ['m', 'n'] } }, adjust: grouped })
  for (const model of ['m', 'n', 'm']) assert.equal((await bench.ask({ model: `alpha/${model}` })).status, 200)
  const stats = await statsOf(bench)
  const group = at(stats, 'providers', 'alpha', 'quota_groups', 'family')
  assert.deepEqual(at(group, 'tiers'), { paid: { priority: 1, total: 1 }, free: { priority: 2, total: 1 } })
  assert.equal(at(group, 'windows', 'current', 'total_used'), 3)
  assert.deepEqual(at(group, 'windows', 'current', 'tier_availability'), {
    paid: { available: 0, total: 1 },
    free: { available: 1, total: 1 },
  })
  assert.deepEqual(at(group, 'fair_cycle_summary'), { exhausted_count: 0, total_count: 2 })
  const [paid, free] = credentialsIn(stats)
  assert.deepEqual([at(paid, 'tier'), at(paid, 'priority'), at(paid, 'status')], ['paid', 1, 'exhausted'])
  assert.deepEqual([at(free, 'tier'), at(free, 'status')], ['free', 'active'])
  const used = at(paid, 'group_usage', 'family')
  assert.deepEqual([at(used, 'custom_cap', 'limit'), at(used, 'custom_cap', 'used'), at(used, 'custom_cap', 'remaining')], [2, 2, 0])
  assert.deepEqual([at(used, 'totals', 'requests'), at(used, 'windows', 'current', 'requests')], [2, 2])
  const rest = at(paid, 'cooldowns', 'm')
  assert.deepEqual([at(rest, 'state'), at(rest, 'reason'), at(rest, 'source')], ['exhausted', 'cap', 'cap'])
  assert.equal(at(rest, 'until'), at(used, 'windows', 'current', 'resets_at'))
  assert.equal(at(used, 'cooldown_source'), 'cap')
})

test('providers that nobody has asked are shown as well', async (t) => {
  const bench = await openBench(t, { providers: { alpha: {}, beta: {} } })
  const stats = await statsOf(bench)
  assert.deepEqual(Object.keys(at(stats, 'providers') as object), ['alpha', 'beta'])
  assert.equal(at(stats, 'providers', 'beta', 'total_requests'), 0)
})
