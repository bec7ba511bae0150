/** The model data that ship, and what is made of a newer answer of their source. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as z from 'zod'
import { customProvider } from '../custom.ts'
import { findProvider } from '../catalogue/list.ts'
import { providerName } from '../../domain/names.ts'
import { modelsDevNames } from './data-names.ts'
import { fromModelsDev } from './from-models-dev.ts'
import { ModelData, shippedSnapshot } from './model-data.ts'
import { priceList, Prices } from './prices.ts'
import { openSnapshot, writeSnapshot } from './snapshot.ts'

const shippedText = readFileSync(new URL('../../../data/models.jsonl', import.meta.url), 'utf8')
const data = new ModelData()
const prices = new Prices(data)

function provider(name: string): NonNullable<ReturnType<typeof findProvider>> {
  const found = findProvider(providerName(name))
  assert.ok(found !== undefined, name)
  return found
}

test('every line that ships can be read, says its source, its day and its licence, and comes from a provider with a name there', () => {
  const shipped = shippedSnapshot()
  const { about } = shipped
  assert.match(about.date, /^20\d\d-\d\d-\d\d$/)
  assert.match(about.license, /MIT/)
  const lines = shippedText.trimEnd().split('\n').slice(1)
  const readable = Object.keys(modelsDevNames).reduce((sum, name) => sum + shipped.modelsOf(name).size, 0)
  assert.equal(readable, lines.length)
  for (const name of Object.keys(modelsDevNames)) assert.ok(shipped.modelsOf(name).size > 0, `${name} has no models`)
})

test('a model is found by its name, and by one that differs only by a date, a variant, a region or its spelling', () => {
  assert.equal(data.find(provider('openai'), 'gpt-5')?.record.contextTokens, 400_000)
  assert.equal(data.find(provider('openai'), 'gpt-5-2025-08-07')?.record.contextTokens, 400_000)
  assert.equal(data.find(provider('gemini'), 'models/gemini-2.5-pro')?.record.maxOutputTokens, 65_536)
  assert.equal(data.find(provider('openrouter'), 'openai/GPT-5:nitro')?.record.reasoning, true)
  assert.equal(data.find(provider('openai'), 'no-such-model'), undefined)
})

test('a provider that nobody knows has no data, unless its address is a known one', () => {
  const mine = customProvider({ name: 'mine', baseUrl: 'https://api.openai.com/v1' })
  assert.equal(data.find(mine, 'gpt-5')?.record.contextTokens, 400_000)
  assert.equal(data.find(customProvider({ name: 'openai-mirror', baseUrl: 'http://127.0.0.1:1/v1' }), 'gpt-5'), undefined)
})

test('what the catalogue says itself counts more, field by field', () => {
  const openai = { ...provider('openai'), models: { 'gpt-5': { contextTokens: 7, rejects: ['stop'] } } }
  const known = data.known(openai, 'gpt-5')
  assert.deepEqual([known?.contextTokens, known?.maxOutputTokens, known?.rejects], [7, 128_000, ['stop']])
  assert.equal(data.known(customProvider({ name: 'mine', baseUrl: 'http://127.0.0.1:1' }), 'gpt-5'), undefined)
})

test('an unknown price is no price: of an unknown model, of an unknown server, of a local one', async () => {
  assert.equal(await prices.of(provider('openai'), 'no-such-model'), undefined)
  assert.equal(await prices.of(customProvider({ name: 'openai-mirror', baseUrl: 'http://127.0.0.1:1' }), 'gpt-5'), undefined)
  assert.equal(await prices.of(provider('ollama'), 'gpt-oss:20b'), undefined)
})

test('prices come for each class of tokens, as the price list has them', async () => {
  const tokens = { input: 1000, output: 100, cacheRead: 2000, cacheWrite: 0 }
  const price = await prices.of(provider('openai'), 'gpt-5', tokens)
  assert.deepEqual(price?.prices, { input: 0.000_001_25, output: 0.000_01, cacheRead: 0.000_000_125 })
  assert.equal(price.cost, 0.0025)
  assert.equal(price.source, `genai-prices ${priceList.version}`)
})

test('a long prompt costs what the tier for long prompts says, whole', async () => {
  const price = await prices.of(provider('gemini'), 'gemini-2.5-pro', { input: 300_000, output: 1000, cacheRead: 0, cacheWrite: 0 })
  assert.deepEqual([price?.prices.input, price?.prices.output], [0.000_002_5, 0.000_015])
  assert.equal(price?.cost, 0.765)
})

test('where the price list has nothing the model data are asked, tiers and all', async () => {
  const line = [
    'groq',
    'only-here',
    { prices: { input: 2, output: 6, cacheRead: 0.5, above: [{ tokens: 1000, input: 4, output: 8 }] } },
  ] as const
  const about = { source: 'test', date: '2026-01-01', license: 'none' }
  const own = new Prices(new ModelData(() => openSnapshot(writeSnapshot(about, [line]))))
  const short = await own.of(provider('groq'), 'only-here', { input: 100, output: 10, cacheRead: 100, cacheWrite: 100 })
  assert.equal(short?.cost, (100 * 2 + 10 * 6 + 100 * 0.5 + 100 * 2) / 1e6)
  const long = await own.of(provider('groq'), 'only-here', { input: 2000, output: 10, cacheRead: 0, cacheWrite: 0 })
  assert.deepEqual([long?.cost, long?.source, long?.date], [0.008_08, 'test', '2026-01-01'])
})

test('a bare name means the model of its own vendor', async () => {
  assert.equal((await prices.of(undefined, 'gpt-5'))?.prices.output, 0.000_01)
  assert.equal(await prices.of(undefined, 'nobody-knows-this'), undefined)
})

test('the version that is named as the source of prices is the one that is installed', () => {
  const file = new URL('../../../../../node_modules/@pydantic/genai-prices/package.json', import.meta.url)
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8')))
  assert.equal(priceList.version, version)
})

/** As models.dev answers, with enough models to be believed. */
function answer(models: Record<string, unknown>): unknown {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`m${index}`, { id: `m${index}` }]))
  return { openai: { models: { ...many, ...models } }, unheard: { models: { x: { id: 'x' } } } }
}

function recordOf(model: Record<string, unknown>): unknown {
  return fromModelsDev(answer({ probe: { id: 'probe', ...model } })).find(([, name]) => name === 'probe')?.[2]
}

test('an answer of models.dev becomes lines: what is zero or odd there is unknown here', () => {
  const full = {
    limit: { context: 1000, output: 0 },
    reasoning: true,
    tool_call: { supported: true },
    modalities: { input: ['text', 'image'], output: ['text'] },
    cost: { input: 1, output: 2, cache_read: 0.1, context_over_200k: { input: 3, output: 4 } },
    something_new: {},
  }
  assert.deepEqual(recordOf(full), {
    contextTokens: 1000,
    reasoning: true,
    tools: true,
    input: ['text', 'image'],
    output: ['text'],
    prices: { input: 1, output: 2, cacheRead: 0.1, above: [{ tokens: 200_000, input: 3, output: 4 }] },
  })
  assert.deepEqual(recordOf({ family: 'text-embedding', limit: { context: 8191, output: 1536 } }), { contextTokens: 8191 })
  assert.deepEqual(recordOf({ cost: { input: 0, output: 0 } }), {})
  assert.deepEqual(fromModelsDev(answer({ 'x:free': { id: 'x:free', cost: { input: 0, output: 0 } } })).at(-1)?.[2], {
    prices: { input: 0, output: 0 },
  })
  assert.equal(recordOf({ reasoning: 'very much' }), undefined)
})

test('an answer that is none, or far too small, is refused', () => {
  for (const bad of [undefined, null, [], 'text', { openai: 3 }, { openai: { models: { a: { id: 'a' } } } }]) {
    assert.throws(() => fromModelsDev(bad))
  }
})

test('a line that cannot be read costs only itself, a file without a first line everything', () => {
  const about = JSON.stringify({ source: 'test', date: '2026-01-01', license: 'none' })
  const text = [about, '["groq","a",{}]', '["groq","b",{"contextTokens":-1}]', '["groq",', '["groq","c",{}]'].join('\n')
  assert.deepEqual([...openSnapshot(text).modelsOf('groq').keys()], ['a', 'c'])
  assert.throws(() => openSnapshot(''))
  assert.throws(() => openSnapshot('["groq","a",{}]'))
})
