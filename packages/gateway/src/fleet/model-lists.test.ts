/** Lists over time: fresh, due, failing, filtered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { Secret } from '../domain/secret.ts'
import { activateAll } from '../providers/active-provider.ts'
import type { ProviderSettings } from '../providers/active-provider.ts'
import { ModelLists } from './model-lists.ts'

function settings(changes: Partial<ProviderSettings> & { name: string }): ProviderSettings {
  const keys = [{ secret: new Secret('some-key-0123456789'), source: 'test', priority: 1 }]
  const common = {
    keyless: false,
    pool: { rotation: 'balanced', tolerance: 3 },
    skipsProbes: false,
    enforcesModelLists: false,
    timeouts: {},
    models: [],
    whitelistModels: [],
    ignoreModels: [],
  } as const
  return { keys, ...common, rejects: [], ...changes }
}

type Answer = () => Promise<readonly string[]>
const ok =
  (...names: string[]): Answer =>
  () =>
    Promise.resolve(names)
const down: Answer = () => Promise.reject(new Error('down'))

/** Lets everything that is already decided come through. */
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function open(providers: readonly ProviderSettings[]) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const answers: Record<string, Answer> = {}
  const asked: string[] = []
  const events: string[] = []
  const lists = new ModelLists({
    providers: activateAll(providers).values(),
    clock,
    fetchList: ({ name }) => {
      asked.push(name)
      return (answers[name] ?? ok())()
    },
    announce: (event, { provider }) => void events.push(`${event} ${provider}`),
    routes: () => [{ name: 'coding-elite', description: 'Agentic coding' }],
  })
  const ids = async (waitMs?: number): Promise<readonly string[]> => (await lists.list(waitMs)).map(({ id }) => id)
  return { clock, answers, asked, events, lists, ids }
}

test('virtual models come first, then every provider’s models, as OpenAI writes them', async () => {
  const { answers, lists } = open([settings({ name: 'groq' })])
  answers['groq'] = ok('openai/gpt-oss-20b')
  const created = Date.UTC(2026, 0, 1) / 1000
  assert.deepEqual(await lists.list(), [
    { id: 'coding-elite', object: 'model', created, owned_by: 'keywheel', description: 'Agentic coding', routing_type: 'virtual' },
    { id: 'groq/openai/gpt-oss-20b', object: 'model', created, owned_by: 'groq' },
  ])
  assert.equal(lists.card('groq/openai/gpt-oss-20b')?.owned_by, 'groq')
  assert.equal(lists.card('coding-elite')?.routing_type, 'virtual')
  for (const id of ['groq/other', 'nobody/x', 'openai/gpt-oss-20b', 'x', '']) assert.equal(lists.card(id), undefined)
})

test('two lists within 300 s ask a provider once, and after that once more in the background', async () => {
  const { clock, answers, asked, ids, lists } = open([settings({ name: 'groq' })])
  answers['groq'] = ok('a')
  await ids()
  clock.advance(299_999)
  await ids()
  assert.equal(asked.length, 1)
  answers['groq'] = ok('b')
  clock.advance(1)
  assert.deepEqual(await ids(), ['coding-elite', 'groq/a'], 'the old list at once')
  await settle()
  assert.deepEqual(await ids(), ['coding-elite', 'groq/b'])
  assert.equal(asked.length, 2)
  assert.deepEqual(lists.counts, { hits: 2, misses: 2 })
})

test('those who ask at the same time share one call to the provider', async () => {
  const { answers, asked, ids, lists } = open([settings({ name: 'groq' })])
  answers['groq'] = ok('a')
  await Promise.all([ids(), ids(), lists.refresh(), lists.refresh('groq')])
  assert.equal(asked.length, 1)
})

test('all providers are asked together, and a slow one is waited for no longer than told', async () => {
  const { clock, answers, asked, ids, lists } = open([settings({ name: 'groq' }), settings({ name: 'mistral' })])
  const slow = Promise.withResolvers<readonly string[]>()
  answers['groq'] = () => slow.promise
  answers['mistral'] = ok('m')
  const waiting = ids(2000)
  await settle()
  assert.deepEqual(asked, ['groq', 'mistral'])
  clock.advance(2000)
  assert.deepEqual(await waiting, ['coding-elite', 'mistral/m'])
  slow.resolve(['g'])
  await settle()
  assert.ok(lists.has('groq', 'g') && !lists.has('groq', 'x') && !lists.has('nobody', 'g'))
  assert.equal(clock.timers, 0)
})

test('when all answer in time no timer is left behind', async () => {
  const { clock, ids } = open([settings({ name: 'groq' })])
  await ids()
  assert.equal(clock.timers, 0)
})

test('a provider that goes down keeps its old list, marked as stale, until it answers again', async () => {
  const { clock, answers, events, ids, lists } = open([settings({ name: 'groq' })])
  answers['groq'] = ok('a')
  await ids()
  answers['groq'] = down
  clock.advance(300_000)
  await ids()
  await settle()
  assert.equal((await lists.list()).at(-1)?.stale, true)
  assert.deepEqual(lists.standings(), [{ provider: 'groq', models: 1, stale: true }])
  answers['groq'] = ok('a', 'b')
  clock.advance(30_000)
  await ids()
  await settle()
  assert.deepEqual(lists.standings(), [{ provider: 'groq', models: 2, stale: false }])
  assert.deepEqual(events, ['models.refreshed groq', 'models.failed groq', 'models.refreshed groq'])
})

test('a provider that never answered is left alone for 30 s and nobody waits for it again', async () => {
  const { clock, answers, asked, ids, lists } = open([settings({ name: 'groq' }), settings({ name: 'mistral' })])
  answers['groq'] = down
  answers['mistral'] = ok('m')
  assert.deepEqual(await ids(), ['coding-elite', 'mistral/m'])
  clock.advance(29_999)
  await ids()
  assert.deepEqual(asked, ['groq', 'mistral'])
  clock.advance(1)
  await ids()
  assert.deepEqual(asked, ['groq', 'mistral', 'groq'])
  await settle()
  await lists.refresh('groq')
  assert.equal(asked.length, 4, 'by hand it is asked at any time')
})

test('a fetch that throws at once is a failure like any other', async () => {
  const { answers, events, ids } = open([settings({ name: 'groq' })])
  answers['groq'] = () => {
    throw new TypeError('oops')
  }
  await ids()
  assert.deepEqual(events, ['models.failed groq'])
})

test('the owner’s names stand in front, before anything was fetched, and replace their likes in the list', async () => {
  const models = [
    { name: 'big', id: 'openai/gpt-oss-120b' },
    { name: 'llama', id: 'llama' },
  ]
  const { answers, ids, lists } = open([settings({ name: 'groq', models })])
  assert.deepEqual([...lists.names()], ['groq/big', 'groq/llama'])
  answers['groq'] = ok('gpt-oss-120b', 'meta/llama', 'other')
  assert.deepEqual(await ids(), ['coding-elite', 'groq/big', 'groq/llama', 'groq/other'])
})

test('globs hide and show, against the name with and without its provider', async () => {
  const { answers, ids } = open([
    settings({ name: 'groq', ignoreModels: ['*whisper*', 'groq/x?'], whitelistModels: ['whisper-good'] }),
    settings({ name: 'mistral', ignoreModels: ['*'], models: [{ name: 'mine', id: 'mine' }] }),
  ])
  answers['groq'] = ok('a', 'whisper-1', 'whisper-good', 'x1', 'x12')
  answers['mistral'] = ok('a', 'b')
  assert.deepEqual(await ids(), ['coding-elite', 'groq/a', 'groq/whisper-good', 'groq/x12', 'mistral/mine'])
})

test('a provider without a key is not asked and shows nothing', async () => {
  const { asked, ids } = open([settings({ name: 'groq', keys: [], models: [{ name: 'a', id: 'a' }] })])
  assert.deepEqual(await ids(), ['coding-elite'])
  assert.deepEqual(asked, [])
})
