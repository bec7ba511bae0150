import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { settledCall } from '../domain/usage.ts'
import type { CallOpening, CallRecord } from '../domain/usage.ts'
import { journalFiles, segmentPath, segmentsIn } from './journal-files.ts'
import { UsageJournal } from './usage-journal.ts'
import type { JournalOptions } from './usage-journal.ts'

function openJournal(t: TestContext, options: Partial<JournalOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-journal-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const said: string[] = []
  const timers: (() => void)[] = []
  const journal = new UsageJournal({
    directory,
    firstSegment: 1,
    announce: (message) => said.push(message),
    clock: { now: () => 0, wallNow: () => 0, after: (_ms, run) => (timers.push(run), { cancel() {} }) },
    drain: () => Promise.resolve(),
    ...options,
  })
  const lines = () =>
    segmentsIn(directory).flatMap((segment) => readFileSync(segmentPath(directory, segment), 'utf8').split('\n').filter(Boolean))
  return { journal, directory, lines, said, passTime: () => timers.splice(0).forEach((run) => run()) }
}

/** Files whose disk can be full, and can take a few bytes more before it is. */
function fillableDisk() {
  const disk = { room: Infinity, writes: 0 }
  const files = {
    ...journalFiles,
    write(file: number, bytes: Uint8Array) {
      disk.writes += 1
      if (disk.room <= 0) throw new Error('ENOSPC: no space left on device')
      const written = journalFiles.write(file, bytes.subarray(0, Math.min(bytes.length, disk.room)))
      disk.room -= written
      return written
    },
  }
  return { disk, files }
}

const opening = (id: string): CallOpening => ({
  id,
  startedAt: 1,
  operation: 'chat',
  dialect: 'openai-chat',
  asked: 'm',
  stream: false,
  caller: 'c',
})
const record = (id: string): CallRecord => ({ ...opening(id), end: 'answered', status: 200, totalMs: 1, attempts: [] })

test('an opening is on the disk when its promise resolves, and a turn is one write', async (t) => {
  const { disk, files } = fillableDisk()
  const { journal, lines } = openJournal(t, { files })
  await Promise.all(['a', 'b', 'c'].map((id) => journal.opened(opening(id))))
  assert.equal(lines().length, 3)
  assert.equal(disk.writes, 1)
  journal.settled(settledCall(record('a')))
  await journal.close()
  assert.deepEqual(JSON.parse(lines()[3] ?? ''), { settle: record('a') })
})

test('on a full disk calls go on; what waited is written whole and in order once there is room', async (t) => {
  const { disk, files } = fillableDisk()
  const { journal, lines, said, passTime } = openJournal(t, { files })
  disk.room = 30
  for (const id of ['a', 'b', 'c']) await journal.opened(opening(id))
  assert.equal(journal.backlog, 3)
  passTime()
  disk.room = Infinity
  passTime()
  assert.equal(journal.backlog, 0)
  assert.deepEqual(
    lines().map((line) => JSON.parse(line).open.id),
    ['a', 'b', 'c'],
  )
  assert.equal(journal.dropped, 0)
  assert.equal(said.length, 2)
  await journal.close()
})

test('what memory does not hold is dropped, counted and announced', async (t) => {
  const { disk, files } = fillableDisk()
  const { journal, lines, said, passTime } = openJournal(t, { files, maxHeldLines: 5 })
  disk.room = 0
  for (let index = 0; index < 12; index += 1) await journal.opened(opening(`call-${index}`))
  assert.equal(journal.backlog, 5)
  assert.equal(journal.dropped, 7)
  disk.room = Infinity
  passTime()
  assert.equal(lines().length, 5)
  assert.equal(said.length, 3)
  assert.match(said[2] ?? '', /given up: 7/)
  await journal.close()
})

test('a segment that is full is followed by another', async (t) => {
  const { journal, directory, lines } = openJournal(t, { segmentBytes: 300 })
  for (let index = 0; index < 9; index += 1) await journal.opened(opening(`call-${index}`))
  await journal.close()
  assert.ok(segmentsIn(directory).length >= 3)
  assert.equal(lines().length, 9)
})

test('a call that ends after the journal is closed is dropped and counted', async (t) => {
  const { journal } = openJournal(t)
  await journal.close()
  journal.settled(settledCall(record('late')))
  await journal.opened(opening('later'))
  assert.equal(journal.dropped, 2)
})
