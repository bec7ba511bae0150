import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { settledCall } from '../../domain/usage.ts'
import type { CallOpening, CallRecord } from '../../domain/usage.ts'
import { journalDirectory, segmentPath, segmentsIn } from '../../usage/journal-files.ts'
import { JournalTail } from '../../usage/journal-tail.ts'
import type { UsageLog } from '../../usage/usage-log.ts'
import { openUsage } from './open-usage.ts'
import { readCalls } from './read-calls.ts'
import { Retention } from './retention.ts'
import { isSafeSqlite, migrate } from './schema.ts'
import { SqliteUsageLog } from './sqlite-usage-log.ts'

function dataDirectory(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-usage-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'keywheel.db')
  const announced: string[] = []
  const open = () => openUsage({ dataDirectory: directory, retentionDays: 3650, announce: (message) => announced.push(message) })
  const rows = () => new Map(readCalls(path, { limit: 1e6 }).map((row) => [row.id, row]))
  return { directory, path, announced, open, rows }
}

const opening = (id: string, startedAt = Date.now()): CallOpening => ({
  id,
  startedAt,
  operation: 'chat',
  dialect: 'openai-chat',
  asked: 'coding-elite',
  stream: true,
  caller: 'c1',
})

const record = (id: string, startedAt = Date.now()): CallRecord => ({
  ...opening(id, startedAt),
  end: 'answered',
  status: 200,
  provider: 'groq',
  model: 'llama',
  keyId: 'k1',
  route: 'coding-elite',
  totalMs: 12.5,
  firstContentMs: 3.25,
  upstreamMs: 11,
  usage: { inputTokens: 10, cacheReadTokens: 5, cacheWriteTokens: 1, outputTokens: 20, reasoningTokens: 3, source: 'provider' },
  attempts: [{ provider: 'groq', model: 'llama', keyId: 'k1', startedAfterMs: 0, tookMs: 11 }],
  terminator: 'seen',
  passedThrough: true,
})

/** A tail over a log, on this thread, with segments that a test writes itself. */
function openTail(t: TestContext, { firstSegment = 100, readBytes = 256 } = {}) {
  const { directory, path, rows } = dataDirectory(t)
  const journal = journalDirectory(directory)
  const log = new SqliteUsageLog(path)
  t.after(() => log.close())
  const tail = new JournalTail({ directory: journal, log, firstSegment, readBytes })
  const write = (segment: number, ...lines: readonly (object | string)[]) =>
    appendFileSync(
      segmentPath(journal, segment),
      lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join(''),
    )
  const ends = () => Object.fromEntries([...rows()].map(([id, row]) => [id, row.end]))
  return { journal, log, tail, write, ends, rows, path }
}

test('a call is a row with everything that its record says, and null where it says nothing', async (t) => {
  const { open, rows, announced, directory } = dataDirectory(t)
  const startedAt = Date.now()
  const journal = await open()
  await journal.opened(opening('a', startedAt))
  journal.settled(settledCall(record('a', startedAt)))
  journal.settled(settledCall({ ...opening('b'), end: 'failed', status: 503, reason: 'nobody-fit', totalMs: 1, attempts: [] }))
  await journal.close()
  const { usage, attempts, ...plain } = record('a', startedAt)
  const { source, ...tokens } = usage ?? {}
  assert.deepEqual(rows().get('a'), {
    ...plain,
    ...tokens,
    stream: 1,
    passedThrough: 1,
    reason: null,
    usageSource: source,
    attempts: JSON.stringify(attempts),
  })
  const failed = rows().get('b')
  assert.deepEqual([failed?.reason, failed?.provider, failed?.inputTokens, failed?.outputTokens], ['nobody-fit', null, null, null])
  assert.deepEqual(announced, [])
  assert.deepEqual(segmentsIn(join(directory, 'usage')), [])
})

test('rows appear while the process runs', async (t) => {
  const { open, rows } = dataDirectory(t)
  const journal = await open()
  await journal.opened(opening('a'))
  journal.settled(settledCall(record('a')))
  const until = Date.now() + 5000
  while (rows().size === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(rows().get('a')?.end, 'answered')
  await journal.close()
})

test('what a closed process left open is interrupted at the next start, with its tokens unknown', async (t) => {
  const { open, rows } = dataDirectory(t)
  const startedAt = Date.now()
  const first = await open()
  await first.opened(opening('a', startedAt))
  await first.close()
  assert.equal(rows().size, 0)
  await (await open()).close()
  const row = rows().get('a')
  assert.deepEqual([row?.end, row?.startedAt, row?.status, row?.totalMs, row?.inputTokens], ['interrupted', startedAt, null, null, null])
})

const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8)

test('files are for the owner only', async (t) => {
  const { open, directory, path } = dataDirectory(t)
  const journal = await open()
  await journal.opened(opening('a'))
  assert.equal(mode(join(directory, 'usage')), '700')
  for (const file of [path, `${path}-wal`, `${path}-shm`, join(directory, 'keywheel.lock'), segmentPath(join(directory, 'usage'), 1)]) {
    assert.equal(mode(file), '600', file)
  }
  await journal.close()
})

test('a second gateway on the same data directory is refused until the first has closed', async (t) => {
  const { open } = dataDirectory(t)
  const first = await open()
  await assert.rejects(open(), /in use by another Keywheel/)
  await first.close()
  await (await open()).close()
})

test('a torn last line of a dead process is skipped, and its call has no row', (t) => {
  const { tail, write, ends } = openTail(t)
  write(1, { open: opening('a') }, { open: opening('b') }, '{"settle":{"id":"a","sta')
  write(2, { settle: record('c') })
  assert.equal(tail.run().damaged, 0)
  assert.deepEqual(ends(), { a: 'interrupted', b: 'interrupted', c: 'answered' })
})

test('a line that is not finished is waited for', (t) => {
  const { tail, write, ends } = openTail(t, { firstSegment: 1 })
  const line = `${JSON.stringify({ settle: record('a') })}\n`
  write(1, line.slice(0, 40))
  tail.run()
  assert.deepEqual(ends(), {})
  write(1, line.slice(40))
  tail.run()
  assert.deepEqual(ends(), { a: 'answered' })
})

test('a damaged line is counted and costs only itself', (t) => {
  const { tail, write, ends } = openTail(t)
  write(1, { settle: record('a') }, '\u0000\u0000garbage\n', '{"settle":{"id":7}}\n', { settle: record('b') })
  assert.equal(tail.run().damaged, 2)
  assert.deepEqual(ends(), { a: 'answered', b: 'answered' })
})

test('a call may begin in one segment and end in another, and a line may be longer than the buffer', (t) => {
  const { tail, write, ends, journal, rows } = openTail(t, { firstSegment: 1, readBytes: 64 })
  const asked = 'x'.repeat(5000)
  write(1, { open: opening('a') }, { open: opening('b') })
  tail.run()
  write(2, { settle: { ...record('a'), asked } })
  write(3, { open: opening('c') })
  tail.run()
  assert.deepEqual(ends(), { a: 'answered' })
  assert.equal(rows().get('a')?.asked, asked)
  assert.deepEqual(segmentsIn(journal), [3], 'segments that were taken over are deleted')
})

test('a database that fails loses nothing: the next round begins where the last commit ended', (t) => {
  const { log, write, ends, journal } = openTail(t)
  const failures = { left: 0 }
  const failing: UsageLog = {
    get cursor() {
      return log.cursor
    },
    append(batch) {
      if (failures.left-- > 0) throw new Error('database or disk is full')
      log.append(batch)
    },
    interrupt: (before) => log.interrupt(before),
    forget: (before, limit) => log.forget(before, limit),
    checkpoint: () => log.checkpoint(),
    close: () => log.close(),
  }
  const tail = new JournalTail({ directory: journal, log: failing, firstSegment: 1, readBytes: 256 })
  write(1, { settle: record('a') }, { open: opening('b') })
  tail.run()
  failures.left = 2
  write(1, { settle: record('b') }, { settle: record('c') })
  assert.throws(() => tail.run())
  assert.throws(() => tail.run())
  tail.run()
  assert.deepEqual(ends(), { a: 'answered', b: 'answered', c: 'answered' })
})

test('lines that are read twice are rows once', (t) => {
  const { tail, write, log, path, rows } = openTail(t, { firstSegment: 1 })
  write(1, { open: opening('a') }, { settle: record('a') }, { settle: { ...record('a'), status: 500 } })
  tail.run()
  const other = new DatabaseSync(path)
  other.exec('UPDATE journal_cursor SET offset = 0')
  other.close()
  log.append({ opened: [], settled: [], closed: [], cursor: { segment: 1, offset: 0 } })
  tail.run()
  assert.equal(rows().size, 1)
  assert.equal(rows().get('a')?.status, 200)
})

test('a transaction that fails leaves neither rows nor a moved cursor', (t) => {
  const { log, rows } = openTail(t)
  const [row] = [{ ...readRow(), id: 'a' }]
  const bad = { ...row, id: 'b', operation: Object(null) }
  assert.throws(() => log.append({ opened: [], settled: [row, bad], closed: [], cursor: { segment: 9, offset: 9 } }))
  assert.equal(rows().size, 0)
  assert.equal(log.cursor.segment, 0)
})

function readRow() {
  const none = null
  const start = { id: 'x', startedAt: 1, operation: 'chat', dialect: 'd', asked: 'm', stream: 0, caller: 'c', end: 'answered', status: 200 }
  const words = { reason: none, provider: none, model: none, keyId: none, route: none, usageSource: none, terminator: none, attempts: '[]' }
  const times = { totalMs: none, firstContentMs: none, upstreamMs: none, passedThrough: none }
  const tokens = { inputTokens: none, cacheReadTokens: none, cacheWriteTokens: none, outputTokens: none, reasoningTokens: none }
  return { ...start, ...words, ...times, ...tokens }
}

test('calls that are too old are forgotten in small batches, at the start and then every hour', (t) => {
  const { log, tail, write, rows } = openTail(t, { firstSegment: 1 })
  const dayMs = 86_400_000
  const time = { now: 0, wall: 100 * dayMs }
  const retention = new Retention({
    log,
    days: 30,
    batchRows: 2,
    clock: { now: () => time.now, wallNow: () => time.wall },
  })
  for (const day of [10, 20, 30, 40, 69, 71, 99]) write(1, { settle: record(`day-${day}`, day * dayMs) })
  tail.run()
  assert.deepEqual([retention.run(), retention.run(), retention.run(), retention.run()], [2, 2, 1, 0])
  assert.deepEqual([...rows().keys()], ['day-99', 'day-71'])
  const pass = (ms: number): void => void Object.assign(time, { now: time.now + ms, wall: time.wall + ms })
  pass(3_599_999)
  assert.equal(retention.run(), 0, 'not due')
  pass(2 * dayMs)
  assert.equal(retention.run(), 1)
})

test('a database of a newer Keywheel is left alone', async (t) => {
  const { open, path } = dataDirectory(t)
  await (await open()).close()
  const database = new DatabaseSync(path)
  migrate(database)
  database.exec('INSERT INTO schema_version VALUES (999)')
  database.close()
  await assert.rejects(open(), /newer Keywheel/)
})

test('a file that is no database is refused and not overwritten', async (t) => {
  const { open, path } = dataDirectory(t)
  writeFileSync(path, 'precious notes, longer than the header of a database '.repeat(20))
  await assert.rejects(open(), /not a database/)
  assert.ok(statSync(path).size > 500)
})

test('a data directory that does not exist is created', async (t) => {
  const { directory } = dataDirectory(t)
  const deep = join(directory, 'x', 'y')
  await (await openUsage({ dataDirectory: deep, retentionDays: 1, announce() {} })).close()
  assert.ok(existsSync(join(deep, 'keywheel.db')))
})

test('SQLite versions that can corrupt a database are told apart', () => {
  assert.deepEqual(['3.40.1', '3.51.2', '3.51.3', '3.53.4', '4.0.0', ''].map(isSafeSqlite), [false, false, true, true, true, false])
})
