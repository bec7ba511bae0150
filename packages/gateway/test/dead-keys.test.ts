/** Keys that a provider has refused: tested for nothing with its list of models, and back in use once it accepts them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import type { KeyState } from '@keywheel/keyring'
import { answer, keyRejected } from '@keywheel/simulator'
import { at } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'
import { openListServer, yamlOf } from './health/list-server.ts'
import { until } from './process/until.ts'

const minuteMs = 60_000

/** Key `a` is asked before key `b`. */
async function openDead(t: TestContext, given: Given = {}): Promise<{ bench: Bench; clock: ManualClock }> {
  const clock = new ManualClock()
  const env = { ROTATION_MODE_ALPHA: 'sequential' }
  const bench = await openBench(t, {
    keys: { alpha: ['a', 'b'] },
    env,
    clock,
    ...given,
  })
  bench.upstream.script(keyText('a'), keyRejected())
  assert.equal((await bench.ask()).status, 200)
  assert.equal(stateOf(bench)?.is, 'dead')
  return { bench, clock }
}

function stateOf({ gateway }: Bench, pool = 'alpha'): KeyState | undefined {
  return gateway.keyring.snapshot().find(({ name }) => name === pool)?.keys[0]?.state
}

function restMinutes(bench: Bench, clock: ManualClock): number {
  const state = stateOf(bench)
  return state?.is === 'dead' ? Math.ceil((state.until - clock.now()) / minuteMs) : 0
}

test('a dead key is tested with the list of models when its time has come, and returns once the provider accepts it', async (t) => {
  const { bench, clock } = await openDead(t)
  const events = returnsIn(bench)
  const minutes = restMinutes(bench, clock)
  assert.ok(minutes > 2)
  const died = clock.now()
  bench.upstream.script(keyText('a'), answer())
  const calls = bench.upstream.calls.length
  await until('the key to return', () => {
    if (stateOf(bench)?.is === 'ready') return true
    clock.advance(minuteMs)
    return false
  })
  assert.ok(clock.now() - died >= (minutes - 2) * minuteMs)
  assert.equal(events().length, 1)
  assert.equal(
    bench.upstream.calls.slice(calls).every(({ path }) => path.endsWith('/models')),
    true,
  )
  await until('the timers to end', () => clock.timers === 0)
})

function returnsIn(bench: Bench): () => readonly unknown[] {
  return () => bench.log.filter(({ event }) => event === 'key.returned')
}

test('a key that is refused again stays dead, for longer', async (t) => {
  const { bench, clock } = await openDead(t)
  const first = restMinutes(bench, clock)
  const failures = at(stateOf(bench), 'failures')
  await until('the test', () => {
    if (at(stateOf(bench), 'failures') !== failures) return true
    clock.advance(minuteMs)
    return false
  })
  assert.equal(stateOf(bench)?.is, 'dead')
  assert.ok(restMinutes(bench, clock) > first)
})

test('a provider that does not answer says nothing about the key', async (t) => {
  const server = await openListServer(t, 401)
  const clock = new ManualClock()
  const bench = await openBench(t, { yaml: yamlOf({ mock: server }), clock })
  await (await bench.ask({ model: 'mock/m' })).text()
  const state = stateOf(bench, 'mock')
  assert.ok(state?.is === 'dead')
  server.mood = 'reset'
  const asked = server.asked
  await until('some tests', () => {
    clock.advance(minuteMs)
    return server.asked > asked + 1
  })
  assert.deepEqual(stateOf(bench, 'mock'), state)
})

test('keys of one provider are tested one at a time', async (t) => {
  const server = await openListServer(t, 401)
  const clock = new ManualClock()
  const keys = ['a', 'b', 'c', 'd'].map((name) => keyText(name))
  const bench = await openBench(t, { yaml: `providers: { mock: { base_url: "${server.url}", keys: [${keys.join(', ')}] } }`, clock })
  await (await bench.ask({ model: 'mock/m' })).text()
  const ids = bench.gateway.keyring.snapshot()[0]?.keys.map(({ id }) => id) ?? []
  server.delayMs = 10
  server.mostAtOnce = 0
  const asked = server.asked
  const tests = await Promise.all(ids.map((id) => testKey(bench, 'mock', id)))
  assert.deepEqual([server.asked - asked, server.mostAtOnce, tests.every((each) => at(each, 'ok') === false)], [4, 1, true])
})

test('where the owner does not want it, no dead key is tested', async (t) => {
  const { bench, clock } = await openDead(t, {
    adjust: (config) => ({ ...config, health: { ...config.health, testsDeadKeys: false } }),
  })
  const calls = bench.upstream.calls.length
  await until('the timers of the call to end', () => clock.timers === 0)
  clock.advance((restMinutes(bench, clock) + 5) * minuteMs)
  await new Promise(setImmediate)
  assert.deepEqual([bench.upstream.calls.length, clock.timers], [calls, 0])
})

test('an operator’s test brings a key back at once', async (t) => {
  const { bench } = await openDead(t)
  bench.upstream.script(keyText('a'), answer())
  const id = bench.gateway.keyring.snapshot()[0]?.keys[0]?.id ?? ''
  const tested = await testKey(bench, 'alpha', id)
  assert.deepEqual([at(tested, 'ok'), at(tested, 'status')], [true, 200])
  assert.equal(stateOf(bench)?.is, 'ready')
})

test('a key whose provider shows its list to everybody is not called good for that', async (t) => {
  const bench = await openBench(t, { providers: { alpha: {} }, env: { NANOGPT_API_KEY: keyText('nano') } })
  const id = bench.gateway.keyring.snapshot().find(({ name }) => name === 'nanogpt')?.keys[0]?.id ?? ''
  const tested = await testKey(bench, 'nanogpt', id)
  assert.notEqual(at(tested, 'ok'), true)
  assert.match(String(at(tested, 'message')), /cannot be tested without spending/)
})

/** What `POST /v1/quota-stats` says of one key that is tested. */
async function testKey({ url }: Bench, provider: string, credential: string): Promise<unknown> {
  const response = await fetch(`${url}/quota-stats`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'test', scope: 'credential', provider, credential }),
  })
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return at(JSON.parse(text), 'result', 'tested', 0) ?? at(JSON.parse(text), 'tested', 0)
}
