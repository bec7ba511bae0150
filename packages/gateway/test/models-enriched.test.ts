/** What is known of models: shown in the long form of the list, and used for limits. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { at } from './edge/read.ts'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const key = 'key-0123456789abcdef'
const yaml = `
providers:
  groq: { base_url: "\${ALPHA_URL}", keys: [${key}] }
  mine: { base_url: "\${BETA_URL}", keys: [${key}] }
virtual_models:
  both: { fallback_chain: [{ provider: groq, model: llama-3.3-70b-versatile }, { provider: groq, model: openai/gpt-oss-120b }] }
  partly: { fallback_chain: [{ provider: groq, model: llama-3.3-70b-versatile }, { provider: mine, model: m }] }
`
const providers = { alpha: { models: ['llama-3.3-70b-versatile', 'openai/gpt-oss-120b'] }, beta: { models: ['m'] } }

async function cards(bench: Bench, path: string = '/models?enriched=true'): Promise<ReadonlyMap<unknown, unknown>> {
  const response = await fetch(`${bench.url}${path}`)
  assert.equal(response.status, 200)
  const data = at(await response.json(), 'data')
  assert.ok(Array.isArray(data))
  return new Map(data.map((card: unknown) => [at(card, 'id'), card]))
}

test('the long form says limits, abilities, prices as text, and where each comes from', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const card = (await cards(bench)).get('groq/llama-3.3-70b-versatile')
  assert.deepEqual([at(card, 'context_length'), at(card, 'max_output_tokens')], [131_072, 32_768])
  assert.deepEqual(at(card, 'capabilities'), { reasoning: false, tools: true, structured_output: null, vision: false, temperature: true })
  assert.deepEqual(at(card, 'architecture'), { input_modalities: ['text'], output_modalities: ['text'] })
  assert.deepEqual(at(card, 'pricing'), { prompt: '0.00000059', completion: '0.00000079' })
  assert.equal(at(card, 'sources', 'limits', 'source'), 'models.dev')
  assert.match(String(at(card, 'sources', 'pricing', 'source')), /^genai-prices/)
  assert.deepEqual([at(card, 'object'), at(card, 'owned_by')], ['model', 'groq'])
})

test('of what nobody knows it says null', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const card = (await cards(bench)).get('mine/m')
  const unknown = ['context_length', 'max_output_tokens', 'architecture', 'pricing'].map((name) => at(card, name))
  assert.deepEqual(unknown, [null, null, null, null])
  assert.deepEqual(at(card, 'sources'), { limits: null, pricing: null })
})

test('of a virtual model it says what holds for all its targets', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const all = await cards(bench)
  assert.deepEqual([at(all.get('both'), 'max_output_tokens'), at(all.get('both'), 'capabilities', 'tools')], [32_768, true])
  assert.equal(at(all.get('both'), 'capabilities', 'reasoning'), false)
  assert.equal(at(all.get('both'), 'pricing'), null)
  assert.deepEqual([at(all.get('partly'), 'context_length'), at(all.get('partly'), 'capabilities', 'tools')], [null, null])
})

test('the short form stays as it is, and one card can be had in the long form', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  assert.equal(at((await cards(bench, '/models')).get('mine/m'), 'sources'), undefined)
  const one: unknown = await (await fetch(`${bench.url}/models/groq/llama-3.3-70b-versatile?enriched=true`)).json()
  assert.equal(at(one, 'max_output_tokens'), 32_768)
})

test('a limit that only the data know holds for calls: more than it is refused, and no call is made', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const body = { model: 'groq/llama-3.3-70b-versatile', max_tokens: 32_769 }
  assert.equal((await bench.ask(body)).status, 400)
  assert.equal(bench.simulators['alpha']?.calls.length, 0)
  assert.equal((await bench.ask({ ...body, max_tokens: 32_768 })).status, 200)
})

/** A source of model data on this machine. */
async function openSource(t: { after(run: () => Promise<void>): void }, body: string): Promise<{ url: string; asked: Promise<void> }> {
  const asked = Promise.withResolvers<void>()
  const server = createServer((_, response) => {
    response.end(body)
    asked.resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => server.close(() => resolve())))
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api.json`, asked: asked.promise }
}

async function waitFor(bench: Bench, message: RegExp): Promise<void> {
  const found = (): boolean => bench.log.some((line) => message.test(String(line['msg'])))
  while (!found()) await new Promise(setImmediate)
}

test('newer data are fetched when that is allowed, and count at once', async (t) => {
  const models = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`m${index}`, { id: `m${index}` }]))
  const newer = { id: 'llama-3.3-70b-versatile', limit: { context: 4096, output: 999 } }
  const source = await openSource(t, JSON.stringify({ groq: { models: { ...models, [newer.id]: newer } } }))
  const bench = await openBench(t, { yaml, providers, env: { MODEL_DATA_REFRESH: 'true', MODEL_DATA_URL: source.url } })
  await waitFor(bench, /model data are now/)
  const card = (await cards(bench)).get('groq/llama-3.3-70b-versatile')
  assert.deepEqual([at(card, 'context_length'), at(card, 'max_output_tokens')], [4096, 999])
  assert.equal((await bench.ask({ model: `groq/${newer.id}`, max_tokens: 1000 })).status, 400)
})

test('data that cannot be used are said to be so in the log, and nothing else happens', async (t) => {
  const source = await openSource(t, '{"groq":{"models":{}}}')
  const bench = await openBench(t, { yaml, providers, env: { MODEL_DATA_REFRESH: 'true', MODEL_DATA_URL: source.url } })
  await waitFor(bench, /the old ones stay/)
  assert.equal(at((await cards(bench)).get('groq/llama-3.3-70b-versatile'), 'max_output_tokens'), 32_768)
})

test('without leave nobody is asked', async (t) => {
  let asked = false
  const source = await openSource(t, '{}')
  void source.asked.then(() => (asked = true))
  const bench = await openBench(t, { yaml, providers, env: { MODEL_DATA_URL: source.url } })
  await cards(bench)
  assert.equal(asked, false)
})
