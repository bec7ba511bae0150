/** What an Anthropic client finds beside the messages: counts of tokens and the list of models, in its own shapes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }

interface Page {
  readonly data: readonly { readonly type: string; readonly id: string; readonly display_name: string; readonly created_at: string }[]
  readonly has_more: boolean
  readonly first_id: string | null
  readonly last_id: string | null
}

const yaml = `
providers:
  alpha: { base_url: "\${ALPHA_URL}", keys: ["${keyText('a')}"] }
virtual_models: { clever: { description: The clever one, fallback_chain: [{ provider: alpha, model: m, priority: 1 }] } }
aliases: { claude-haiku: alpha/m }
`
const names = [
  'clever',
  'claude-haiku',
  'alpha/m',
  'alpha/meta/llama',
  'anthropic/clever',
  'anthropic/alpha/m',
  'anthropic/alpha/meta/llama',
]
const providers = { alpha: { models: ['m', 'meta/llama'] } }

async function list(bench: Bench, query: string = ''): Promise<Page> {
  const response = await fetch(`${bench.url}/models${query}`, { headers })
  assert.equal(response.status, 200)
  return (await response.json()) as Page
}

async function count(bench: Bench, body: object): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${bench.url}/messages/count_tokens?beta=true`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, json: await response.json() }
}

test('the list has Anthropic’s shape for whoever names its version, with names that Claude Code will show', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const { data, has_more, first_id, last_id } = await list(bench, '?limit=1000')
  assert.deepEqual(
    data.map(({ id }) => id),
    names,
  )
  assert.deepEqual([has_more, first_id, last_id], [false, 'clever', 'anthropic/alpha/meta/llama'])
  assert.deepEqual([data[0]?.type, data[0]?.display_name], ['model', 'The clever one'])
  assert.equal(new Date(data[0]?.created_at ?? '').toISOString(), data[0]?.created_at)
})

test('without the version the list is the usual one', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const { object } = (await (await fetch(`${bench.url}/models`)).json()) as { object: string }
  assert.equal(object, 'list')
})

test('pages go forwards and backwards', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const page = async (query: string): Promise<readonly unknown[]> => {
    const { data, has_more } = await list(bench, query)
    return [data.map(({ id }) => id), has_more]
  }
  assert.deepEqual(await page('?limit=2'), [names.slice(0, 2), true])
  assert.deepEqual(await page('?limit=2&after_id=claude-haiku'), [names.slice(2, 4), true])
  assert.deepEqual(await page('?limit=5&after_id=claude-haiku'), [names.slice(2), false])
  assert.deepEqual(await page('?limit=2&before_id=alpha/meta/llama'), [names.slice(1, 3), true])
  assert.deepEqual(await page('?after_id=gone'), [[], false])
  assert.equal((await fetch(`${bench.url}/models?limit=0`, { headers })).status, 400)
})

test('one model is found under both its names, and asked for under both', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  for (const id of ['alpha/meta/llama', 'anthropic/alpha/meta/llama', 'anthropic/clever']) {
    const response = await fetch(`${bench.url}/models/${id}`, { headers })
    assert.deepEqual([response.status, ((await response.json()) as { id: string }).id], [200, id])
  }
  assert.equal((await bench.ask({ model: 'anthropic/alpha/meta/llama' })).status, 200)
  assert.equal((await bench.ask({ model: 'anthropic/clever' })).status, 200)
  assert.deepEqual(
    bench.upstream.calls.filter(({ method }) => method === 'POST').map(({ model }) => model),
    ['meta/llama', 'm'],
  )
})

test('a model that does not exist is refused in Anthropic’s shape', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const response = await fetch(`${bench.url}/models/alpha/lama`, { headers })
  const { type, error } = (await response.json()) as { type: string; error: { type: string } }
  assert.deepEqual([response.status, type, error.type], [404, 'error', 'not_found_error'])
  assert.match(response.headers.get('request-id') ?? '', /^req_/)
})

test('tokens are estimated where no provider counts them, and more text is more tokens', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const messages = [{ role: 'user', content: 'How much wood would a woodchuck chuck?' }]
  const tools = [
    {
      name: 'chuck',
      description: 'Chucks wood as far as it can.',
      input_schema: { type: 'object', properties: { wood: { type: 'string' } } },
    },
  ]
  const tokens = async (body: object): Promise<number> => {
    const { status, json } = await count(bench, { model: 'clever', messages, ...body })
    assert.equal(status, 200, JSON.stringify(json))
    return (json as { input_tokens: number }).input_tokens
  }
  const plain = await tokens({})
  assert.ok(Number.isInteger(plain) && plain >= 8 && plain <= 40)
  assert.ok((await tokens({ system: 'You are a woodchuck of few words.' })) > plain)
  assert.ok((await tokens({ tools })) > plain + 10)
  assert.ok((await tokens({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] })) > plain)
  assert.equal(bench.upstream.calls.length, 0)
})

test('counting for a model that does not exist, or of what is no request, is refused', async (t) => {
  const bench = await openBench(t, { yaml, providers })
  const messages = [{ role: 'user', content: 'Hi' }]
  assert.equal((await count(bench, { model: 'nowhere/m', messages })).status, 404)
  assert.equal((await count(bench, { model: 'clever', messages: [] })).status, 400)
  assert.equal((await count(bench, { messages })).status, 400)
})

test('counting needs a key where everything does', async (t) => {
  const bench = await openBench(t, { yaml, providers, env: { PROXY_API_KEY: keyText('proxy') } })
  const { status, json } = await count(bench, { model: 'clever', messages: [{ role: 'user', content: 'Hi' }] })
  assert.deepEqual([status, (json as { error: { type: string } }).error.type], [401, 'authentication_error'])
})
