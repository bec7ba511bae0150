/** Providers that are asked for their list of models: when, how many at once, and what follows from what they say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { at } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'
import { ask, json, refresh, statusOf } from './health/ask-status.ts'
import { openListServer, yamlOf } from './health/list-server.ts'
import type { ListServer } from './health/list-server.ts'
import { until } from './process/until.ts'

async function openProbed(t: TestContext, names: readonly string[], given: Given = {}): Promise<[Bench, Record<string, ListServer>]> {
  const servers: Record<string, ListServer> = {}
  for (const name of names) servers[name] = await openListServer(t)
  return [await openBench(t, { yaml: yamlOf(servers), ...given }), servers]
}

/** Only once each request is on its way does time go on. */
async function hangs({ list }: { list: ListServer }, before: number): Promise<void> {
  await until('the list to be asked for', () => list.asked > before)
}

test('a probe that fails once is forgotten by the good ones that follow', async (t) => {
  const [bench, { mock }] = await openProbed(t, ['mock'])
  assert.ok(mock)
  await refresh(bench)
  assert.equal((await statusOf(bench, 'mock'))['status'], 'healthy')
  mock.mood = 500
  await refresh(bench)
  assert.deepEqual([(await statusOf(bench, 'mock'))['status'], (await statusOf(bench, 'mock'))['consecutive_failures']], ['degraded', 1])
  mock.mood = 'ok'
  for (let good = 0; good < 5; good++) {
    await refresh(bench)
    const status = await statusOf(bench, 'mock')
    assert.deepEqual([status['status'], status['consecutive_failures'], status['error_message']], ['healthy', 0, null])
  }
})

test('a probe is judged: slow and refused are degraded, three failures in a row are down, one good one ends it', async (t) => {
  const clock = new ManualClock()
  const [bench, { mock }] = await openProbed(t, ['mock'], { clock })
  assert.ok(mock)
  const probe = async (): Promise<readonly unknown[]> => {
    const status = at(await refresh(bench, 'mock'), 'providers', 'mock')
    return [at(status, 'status'), at(status, 'consecutive_failures')]
  }
  mock.mood = 401
  assert.deepEqual(await probe(), ['degraded', 0])
  mock.mood = 'reset'
  assert.deepEqual(await probe(), ['degraded', 1])
  mock.mood = 503
  assert.deepEqual(await probe(), ['degraded', 2])
  mock.mood = 'hang'
  const asked = mock.asked
  const hung = probe()
  await hangs({ list: mock }, asked)
  clock.advance(10_000)
  assert.deepEqual(await hung, ['down', 3])
  assert.match(String((await statusOf(bench, 'mock'))['error_message']), /in time/)
  mock.mood = 'ok'
  assert.deepEqual(await probe(), ['healthy', 0])
})

test('a good call says more than the bad probes before it', async (t) => {
  const [bench, { mock }] = await openProbed(t, ['mock'])
  assert.ok(mock)
  mock.mood = 500
  for (let round = 0; round < 3; round++) await refresh(bench)
  assert.equal((await statusOf(bench, 'mock'))['status'], 'down')
  mock.mood = 'ok'
  assert.equal(await ask(bench, { model: 'mock/m' }), 200)
  assert.equal((await statusOf(bench, 'mock'))['status'], 'healthy')
})

test('a list that comes late means degraded', async (t) => {
  const [bench, { mock }] = await openProbed(t, ['mock'], {
    adjust: (config) => ({ ...config, health: { ...config.health, slowMs: 20 } }),
  })
  assert.ok(mock)
  mock.delayMs = 60
  await refresh(bench)
  const status = await statusOf(bench, 'mock')
  assert.equal(status['status'], 'degraded')
  assert.match(String(status['error_message']), /took \d+ ms/)
  assert.ok(Number(status['response_time_ms']) >= 20)
})

test('ten providers that take a second each are probed in less than two, and one that breaks changes nothing for the others', async (t) => {
  const names = Array.from({ length: 10 }, (_, index) => `mock${index}`)
  const [bench, servers] = await openProbed(t, names, { adjust: concurrently(10) })
  for (const server of Object.values(servers)) server.delayMs = 1000
  const { mock3 } = servers
  assert.ok(mock3)
  mock3.mood = 'reset'
  const began = performance.now()
  await refresh(bench)
  assert.ok(performance.now() - began < 2000)
  const statuses = at(await json(bench, '/api/providers/status'), 'providers')
  for (const name of names) {
    assert.notEqual(at(statuses, name, 'last_check'), 'never', name)
    assert.equal(at(statuses, name, 'consecutive_failures'), name === 'mock3' ? 1 : 0, name)
  }
})

test('no more providers are probed at once than the owner allows', async (t) => {
  const shared = await openListServer(t)
  const servers = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`mock${index}`, shared]))
  const bench = await openBench(t, { yaml: yamlOf(servers), adjust: concurrently(3) })
  shared.delayMs = 20
  await refresh(bench)
  assert.deepEqual([shared.asked, shared.mostAtOnce], [9, 3])
})

test('200 readers during a round see whole documents, and every provider is asked once however many rounds are wanted', async (t) => {
  const names = Array.from({ length: 6 }, (_, index) => `mock${index}`)
  const [bench, servers] = await openProbed(t, names)
  for (const [index, server] of Object.values(servers).entries()) {
    server.delayMs = 20 * index
    server.mood = index % 2 === 0 ? 'ok' : 500
  }
  const rounds = [refresh(bench), refresh(bench), refresh(bench, 'mock5'), refresh(bench)]
  const documents = await Promise.all(Array.from({ length: 200 }, () => json(bench, '/api/providers/status')))
  await Promise.all(rounds)
  for (const document of documents) {
    assert.deepEqual(Object.keys(at(document, 'providers') as object), names)
    for (const [index, name] of names.entries()) {
      const {
        status,
        last_check: checked,
        uptime_percent: uptime,
        consecutive_failures: failures,
      } = at(document, 'providers', name) as Record<string, unknown>
      const after = index % 2 === 0 ? ['healthy', 100, 0] : ['degraded', 0, 1]
      assert.deepEqual([status, uptime, failures], checked === 'never' ? ['unknown', 0, 0] : after, name)
    }
  }
  assert.deepEqual(
    Object.values(servers).map(({ asked }) => asked),
    [1, 1, 1, 1, 1, 1],
  )
})

test('where the owner wants it, providers are probed now and then, but for those that are left out, and not after the end', async (t) => {
  const clock = new ManualClock()
  const [asked, left] = [await openListServer(t), await openListServer(t)]
  const yaml = `
providers:
  asked: { base_url: "${asked.url}", keys: [key-asked-0123456789] }
  left: { base_url: "${left.url}", keys: [key-left-0123456789], skip_probes: true }
health: { probes: true, interval_ms: 300000 }
`
  const bench = await openBench(t, { yaml, clock, chance: () => 0.5 })
  await until('the first round', async () => (await statusOf(bench, 'asked'))['status'] === 'healthy')
  clock.advance(299_999)
  assert.equal(asked.asked, 1)
  clock.advance(1)
  await until('the second round', () => asked.asked === 2)
  const status = await json(bench, '/api/providers/refresh', { method: 'POST' })
  assert.deepEqual(at(status, 'probed'), ['asked'])
  assert.equal(at(status, 'providers', 'left', 'status'), 'unknown')
  const facts = await json(bench, '/api/providers/health')
  assert.deepEqual(facts, { status: 'healthy', providers_monitored: 2, check_interval_minutes: 5, running: true, active_probes: true })
  await bench.close()
  const before = asked.asked
  clock.advance(3_600_000)
  await new Promise(setImmediate)
  assert.deepEqual([asked.asked, left.asked, clock.timers], [before, 0, 0])
})

test('a gateway that closes gives up the probes under way', async (t) => {
  const clock = new ManualClock()
  const [bench, { mock }] = await openProbed(t, ['mock'], { clock })
  assert.ok(mock)
  mock.mood = 'hang'
  const hung = refresh(bench).catch(() => undefined)
  await hangs({ list: mock }, 0)
  await bench.close()
  await hung
  assert.equal(clock.timers, 0)
})

test('a provider is asked with another key where one is refused, and with at most three', async (t) => {
  const server = await openListServer(t, 401)
  const keys = ['one', 'two', 'three', 'four'].map((name) => keyText(name))
  const bench = await openBench(t, { yaml: `providers: { mock: { base_url: "${server.url}", keys: [${keys.join(', ')}] } }` })
  await refresh(bench)
  assert.deepEqual(
    server.keys,
    keys.slice(0, 3).map((key) => `Bearer ${key}`),
  )
})

test('the best provider is the quickest healthy one, with two others; else the least slow degraded one', async (t) => {
  const [bench, { slow, quick, middling, slowest }] = await openProbed(t, ['slow', 'quick', 'middling', 'slowest'])
  assert.ok(slow && quick && middling && slowest)
  Object.assign(slow, { delayMs: 600 })
  Object.assign(middling, { delayMs: 250 })
  Object.assign(slowest, { delayMs: 900 })
  await refresh(bench)
  const best = await json(bench, '/api/providers/best')
  assert.deepEqual([at(best, 'best_provider'), at(best, 'alternatives')], ['quick', ['middling', 'slow']])
  for (const server of [slow, quick, middling, slowest]) server.mood = 500
  Object.assign(quick, { delayMs: 1100 })
  await refresh(bench)
  const degraded = await json(bench, '/api/providers/best')
  assert.deepEqual([at(degraded, 'best_provider'), at(degraded, 'alternatives')], ['middling', []])
})

function concurrently(concurrency: number): NonNullable<Given['adjust']> {
  return (config) => ({ ...config, health: { ...config.health, concurrency } })
}
