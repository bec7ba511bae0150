/** Model data stay up to date without ever getting worse. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import type { Snapshot } from '../providers/model-data/snapshot.ts'
import { ModelDataRefresh, newestSnapshot } from './refresh-model-data.ts'
import type { FetchedData } from './refresh-model-data.ts'

const models = Object.fromEntries(
  Array.from({ length: 600 }, (_, index) => [`m${index}`, { id: `m${index}`, limit: { context: 1000 + index, output: 100 } }]),
)
const good: FetchedData = { is: 'changed', text: JSON.stringify({ openai: { models } }), etag: '"v2"' }

/** A clock in the year 2030: newer than anything that ships. */
class LaterClock extends ManualClock {
  override wallNow(): number {
    return Date.parse('2030-01-02') + super.now()
  }
}

function open(t: TestContext, answers: (FetchedData | Error)[]) {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-models-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const told: string[] = []
  const fresh: Snapshot[] = []
  const asked: (string | undefined)[] = []
  const clock = new LaterClock()
  const file = join(directory, 'deep', 'models.jsonl')
  const refresh = new ModelDataRefresh({
    file,
    clock,
    onNew: (snapshot) => fresh.push(snapshot),
    tell: (level, message) => told.push(`${level}: ${message}`),
    fetchData: (etag) => {
      asked.push(etag)
      const next = answers.shift() ?? new Error('no more')
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next)
    },
  })
  t.after(() => refresh.close())
  return { refresh, file, told, fresh, asked, clock }
}

test('new data are taken over, kept on disk, and there after a restart', async (t) => {
  const { refresh, file, told, fresh } = open(t, [good])
  await refresh.start()
  assert.equal(fresh[0]?.modelsOf('openai').get('m7')?.contextTokens, 1007)
  assert.match(told[0] ?? '', /^info: .*2030-01-02/)
  const kept = newestSnapshot(file)
  assert.deepEqual([kept.about.date, kept.about.etag, kept.modelsOf('openai').size], ['2030-01-02', '"v2"', 600])
  assert.deepEqual(readdirSync(join(file, '..')), ['models.jsonl'])
})

test('the source is asked once a day, and only for what is newer', async (t) => {
  const { refresh, asked, clock, fresh } = open(t, [good, { is: 'unchanged' }])
  await refresh.start()
  clock.advance(24 * 3_600_000 - 1)
  assert.equal(asked.length, 1)
  clock.advance(1)
  assert.deepEqual(asked, [undefined, '"v2"'])
  assert.equal(fresh.length, 1)
})

for (const [name, bad] of Object.entries({
  'no JSON': { is: 'changed', text: '<html>' },
  'another form': { is: 'changed', text: '{"openai":{"models":[]}}' },
  'far too few models': { is: 'changed', text: JSON.stringify({ openai: { models: { a: { id: 'a' } } } }) },
  'a source out of reach': new Error('connect ECONNREFUSED'),
} as const)) {
  test(`${name}: the last good data stay, and an hour later it is tried again`, async (t) => {
    const { refresh, file, told, fresh, asked, clock } = open(t, [good, bad, bad])
    await refresh.start()
    const before = readFileSync(file, 'utf8')
    clock.advance(24 * 3_600_000)
    await new Promise(setImmediate)
    assert.equal(fresh.length, 1)
    assert.equal(readFileSync(file, 'utf8'), before)
    assert.match(told.at(-1) ?? '', /^warn: .*the old ones stay/)
    clock.advance(3_600_000)
    assert.equal(asked.length, 3)
  })
}

test('a file that is damaged is passed over', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-models-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'models.jsonl')
  writeFileSync(file, '{"source":"x"')
  assert.equal(newestSnapshot(file).about.source, 'models.dev')
})

test('nothing is asked after the end', async (t) => {
  const { refresh, asked, clock } = open(t, [good, good])
  await refresh.start()
  refresh.close()
  clock.advance(48 * 3_600_000)
  assert.equal(asked.length, 1)
})
