/** How providers were: kept over restarts, asked for by hours, exported for spreadsheets. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { answer, serverError } from '@keywheel/simulator'
import { at, errorIn } from './edge/read.ts'
import { openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'
import { ask, once } from './health/ask-status.ts'
import { until } from './process/until.ts'

/** Stands in the middle of a minute of today, so that the keeper's own clock does not find the rows too old. */
function today(): ManualClock {
  return new ManualClock(Math.floor(Date.now() / 60_000) * 60_000 + 7000)
}

async function historyOf({ origin }: Bench, query = '', provider = 'alpha'): Promise<readonly Record<string, unknown>[]> {
  const response = await fetch(`${origin}/api/providers/history/${provider}${query}`)
  assert.equal(response.status, 200)
  return (await response.json()) as Record<string, unknown>[]
}

function dataDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-history-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'data')
}

test('a provider without any history has an empty one', async (t) => {
  const bench = await openBench(t)
  assert.deepEqual(await historyOf(bench), [])
  assert.deepEqual(await (await fetch(`${bench.origin}/api/providers/history`)).json(), {})
})

test('changes and minutes with calls are in the history, the oldest first, many calls a minute in one row', async (t) => {
  const clock = today()
  const bench = await openBench(t, { clock, chance: () => 0, adjust: once })
  const began = clock.wallNow()
  for (let call = 0; call < 20; call++) {
    await ask(bench)
    clock.advance(500)
  }
  bench.upstream.script('*', serverError(), serverError(), serverError(), answer())
  clock.advance(3_600_000)
  for (let call = 0; call < 3; call++) {
    await ask(bench)
    clock.advance(500)
  }
  clock.advance(3_600_000)
  await ask(bench)
  const rows = await historyOf(bench)
  const times = rows.map(({ timestamp }) => Date.parse(String(timestamp)))
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
  assert.equal(times[0], began)
  const statuses = rows.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1])
  assert.deepEqual(statuses, ['healthy', 'degraded', 'down', 'healthy'])
  assert.ok(rows.length <= 8, `${rows.length} rows`)
  assert.deepEqual(Object.keys(rows[0] ?? {}), ['provider_name', 'status', 'response_time_ms', 'timestamp'])
  assert.equal(
    (await historyOf(bench, '?hours=1')).some(({ status }) => status === 'down'),
    false,
  )
  const all: unknown = await (await fetch(`${bench.origin}/api/providers/history?hours=168`)).json()
  assert.deepEqual(at(all, 'alpha'), rows)
})

test('hours are a whole number from 1 to 168, and a refusal says so', async (t) => {
  const bench = await openBench(t)
  for (const path of ['history', 'history/alpha', 'export/csv']) {
    for (const hours of ['0', '-1', '169', '1.5', 'many', '', '1e2']) {
      const response = await fetch(`${bench.origin}/api/providers/${path}?hours=${hours}`)
      assert.equal(response.status, 400, `${path} ${hours}`)
      const error = errorIn(await response.text())
      assert.equal(error.param, 'hours')
      assert.match(error.message, /`hours`.*1 to 168/)
    }
    for (const hours of ['1', '168']) assert.equal((await fetch(`${bench.origin}/api/providers/${path}?hours=${hours}`)).status, 200)
  }
})

test('the history outlives the gateway, its last minute too', async (t) => {
  const directory = dataDirectory(t)
  const clock = today()
  const adjust: Given['adjust'] = (config) => ({ ...config, dataDirectory: directory })
  const first = await openBench(t, { clock, adjust })
  await ask(first)
  clock.advance(30_000)
  await ask(first)
  const last = new Date(clock.wallNow()).toISOString()
  await first.close()
  const second = await openBench(t, { clock: today(), adjust })
  const rows = await historyOf(second)
  assert.equal(rows.at(-1)?.['timestamp'], last)
  assert.equal(at(await (await fetch(`${second.origin}/api/providers/status`)).json(), 'providers', 'alpha', 'status'), 'unknown')
})

test('what is older than the owner wants to keep is forgotten', async (t) => {
  const directory = dataDirectory(t)
  const clock = new ManualClock(Date.now() - 3 * 86_400_000)
  const bench = await openBench(t, {
    clock,
    adjust: (config) => ({ ...config, dataDirectory: directory, health: { ...config.health, retentionDays: 2 } }),
  })
  await ask(bench)
  await until('the row to go', async () => (await historyOf(bench)).length === 0)
  await bench.close()
  const database = new DatabaseSync(join(directory, 'keywheel.db'), { readOnly: true })
  t.after(() => database.close())
  assert.deepEqual({ ...database.prepare('SELECT count(*) AS rows FROM provider_health_checks').get() }, { rows: 0 })
})

test('the export is CSV with the columns that spreadsheets were made for', async (t) => {
  const clock = today()
  const bench = await openBench(t, { clock })
  const began = new Date(clock.wallNow()).toISOString()
  await ask(bench)
  const response = await fetch(`${bench.origin}/api/providers/export/csv`)
  assert.match(response.headers.get('content-type') ?? '', /^text\/csv/)
  assert.match(response.headers.get('content-disposition') ?? '', /^attachment; filename=/)
  const text = await response.text()
  const [header, first, ...more] = text.split('\r\n')
  assert.equal(header, 'provider_name,status,response_time_ms,uptime_percent,rate_limit_percent,last_check_timestamp,consecutive_failures')
  assert.match(first ?? '', new RegExp(`^alpha,healthy,[\\d.]+,100,0,${began.replaceAll('.', '\\.')},0$`))
  assert.equal(more.at(-1), '')
  assert.doesNotMatch(text, /[^\r]\n/)
})
