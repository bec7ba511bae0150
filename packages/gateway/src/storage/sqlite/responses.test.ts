import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { KeptResponse } from '../../conversations/response-store.ts'
import { ResponsesDatabase } from './responses-database.ts'
import { SqliteResponseStore } from './sqlite-response-store.ts'

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-responses-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function kept(id: string, more: Partial<KeptResponse> = {}): KeptResponse {
  return {
    id,
    caller: 'ann',
    keptAt: 1000,
    provider: 'openai',
    keyId: 'k1',
    isTranslated: false,
    input: '[]',
    response: `{"id":"${id}"}`,
    itemIds: [`msg_${id}`],
    ...more,
  }
}

test('an answer is found by its caller alone, by its id and by those of its items, until it is deleted', (t) => {
  const database = new ResponsesDatabase(join(directoryFor(t), 'responses.db'))
  t.after(() => database.close())
  database.put(kept('r1'))
  database.put(kept('r2', { previousId: 'r1', isTranslated: true }))
  assert.deepEqual(database.get('ann', 'r2'), kept('r2', { previousId: 'r1', isTranslated: true }))
  assert.equal(database.get('bob', 'r1'), undefined)
  assert.deepEqual(
    database
      .holding('ann', ['msg_r2', 'msg_x', 'msg_r1'])
      .map(({ id }) => id)
      .toSorted(),
    ['r1', 'r2'],
  )
  assert.deepEqual(database.holding('bob', ['msg_r1']), [])
  assert.deepEqual([database.delete('bob', 'r1'), database.delete('ann', 'r1'), database.delete('ann', 'r1')], [false, true, false])
  assert.deepEqual(database.holding('ann', ['msg_r1']), [])
})

test('a conversation is told from its beginning, and not at all when a part of it is gone', (t) => {
  const database = new ResponsesDatabase(join(directoryFor(t), 'responses.db'))
  t.after(() => database.close())
  database.put(kept('r1'))
  database.put(kept('r2', { previousId: 'r1' }))
  database.put(kept('r3', { previousId: 'r2' }))
  assert.deepEqual(
    database.conversation('ann', 'r3')?.map(({ id }) => id),
    ['r1', 'r2', 'r3'],
  )
  assert.equal(database.conversation('bob', 'r3'), undefined)
  assert.equal(database.conversation('ann', 'r9'), undefined)
  database.delete('ann', 'r1')
  assert.equal(database.conversation('ann', 'r3'), undefined)
})

test('an answer that comes again takes the place of the earlier one', (t) => {
  const database = new ResponsesDatabase(join(directoryFor(t), 'responses.db'))
  t.after(() => database.close())
  database.put(kept('r1'))
  database.put(kept('r1', { itemIds: ['other'] }))
  assert.deepEqual(database.holding('ann', ['msg_r1']), [])
  assert.equal(database.holding('ann', ['other']).length, 1)
})

test('what is older than the owner wants to keep is forgotten, a batch at a time', (t) => {
  const database = new ResponsesDatabase(join(directoryFor(t), 'responses.db'))
  t.after(() => database.close())
  for (const keptAt of [1, 2, 3, 4]) database.put(kept(`r${keptAt}`, { keptAt }))
  assert.deepEqual([database.forget(4, 2), database.forget(4, 2), database.forget(4, 2)], [2, 1, 0])
  assert.notEqual(database.get('ann', 'r4'), undefined)
})

test('the store starts nothing and writes nothing before it is needed, and its file is the owner’s alone', async (t) => {
  const directory = directoryFor(t)
  const announced: string[] = []
  const store = new SqliteResponseStore({
    dataDirectory: directory,
    retentionDays: 30,
    announce: (message) => void announced.push(message),
  })
  await store.close()
  assert.deepEqual(readdirSync(directory), [])
  const now = Date.now()
  store.put(kept('r1', { keptAt: now }))
  assert.deepEqual(await store.get('ann', 'r1'), kept('r1', { keptAt: now }))
  assert.equal((await store.conversation('ann', 'r1'))?.length, 1)
  assert.equal((await store.holding('ann', ['msg_r1'])).length, 1)
  assert.equal(await store.delete('ann', 'r1'), true)
  assert.equal(await store.get('ann', 'r1'), undefined)
  assert.equal(statSync(join(directory, 'responses.db')).mode & 0o777, 0o600)
  store.put(kept('r2', { keptAt: now }))
  await store.close()
  const again = new ResponsesDatabase(join(directory, 'responses.db'))
  t.after(() => again.close())
  assert.notEqual(again.get('ann', 'r2'), undefined)
  assert.deepEqual(announced, [])
})

test('a store that cannot be opened says so, and whoever asks it is told', async (t) => {
  const directory = directoryFor(t)
  // A directory stands where the file should be.
  mkdirSync(join(directory, 'responses.db'))
  const { promise: announced, resolve: announce } = Promise.withResolvers<string>()
  const store = new SqliteResponseStore({ dataDirectory: directory, retentionDays: 30, announce })
  store.put(kept('r1'))
  assert.match(await announced, /^An answer could not be kept: /)
  await assert.rejects(store.get('ann', 'r1'))
  await store.close()
})
