/** POST /v1/token-count: estimates for messages, texts and tools of any usual form. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, errorIn } from './edge/read.ts'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

function post(bench: Bench, body: unknown): Promise<Response> {
  return fetch(`${bench.url}/token-count`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
}

async function count(bench: Bench, body: object): Promise<number> {
  const response = await post(bench, { model: 'openai/gpt-4o', ...body })
  assert.equal(response.status, 200)
  const json: unknown = await response.json()
  assert.equal(at(json, 'model'), 'openai/gpt-4o')
  const tokens = at(json, 'token_count')
  assert.ok(typeof tokens === 'number' && Number.isInteger(tokens))
  return tokens
}

test('texts, messages and the input of a response are counted, and no provider is asked', async (t) => {
  const bench = await openBench(t)
  assert.equal(await count(bench, { text: 'hello world' }), 2)
  assert.equal(await count(bench, { input: 'hello world' }), 2)
  const messages = [{ role: 'user', content: 'hello world' }]
  assert.equal(await count(bench, { messages }), 2 + 6)
  assert.equal(await count(bench, { input: messages }), 2 + 6)
  assert.equal(bench.upstream.calls.length, 0)
})

test('the parts of OpenAI’s and of Anthropic’s messages count alike', async (t) => {
  const bench = await openBench(t)
  const png = `iVBORw0KGgoAAAANSUhEUgAAAu4AAALu${'A'.repeat(400)}`
  const openai = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'see', arguments: '{"a":1}' } }] },
    { role: 'tool', tool_call_id: 'a', content: 'done' },
  ]
  const anthropic = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
      ],
    },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'see', input: { a: 1 } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'done' }] }] },
  ]
  const counted = await count(bench, { messages: openai })
  assert.ok(counted > 750 && counted < 800, `${counted}: the image is 750 pixels wide and high`)
  assert.equal(await count(bench, { messages: anthropic }), counted)
})

test('declared tools count, in every form', async (t) => {
  const bench = await openBench(t)
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const plain = await count(bench, { text: 'hello' })
  const nested = await count(bench, { text: 'hello', tools: [{ type: 'function', function: { name: 'see', parameters } }] })
  assert.ok(nested > plain + 25)
  assert.equal(await count(bench, { text: 'hello', tools: [{ type: 'function', name: 'see', parameters }] }), nested)
  assert.equal(await count(bench, { text: 'hello', tools: [{ name: 'see', input_schema: parameters }] }), nested)
})

test('a virtual model counts as the model that it asks first', async (t) => {
  const yaml = `
providers: { anthropic: { base_url: "\${ALPHA_URL}", keys: [key-0123456789abcdef] } }
virtual_models: { clever: { fallback_chain: [{ provider: anthropic, model: claude-opus-4-8 }] } }
`
  const bench = await openBench(t, { yaml })
  const text = 'The quick brown fox jumps over the lazy dog.'
  const response = await post(bench, { model: 'clever', text })
  assert.equal(at(await response.json(), 'token_count'), (await count(bench, { text })) * 1.5)
})

test('special words, empty texts and a megabyte without a space are counted like anything else', async (t) => {
  const bench = await openBench(t)
  assert.ok((await count(bench, { text: '<|endoftext|>' })) > 1)
  assert.equal(await count(bench, { text: '' }), 0)
  assert.ok((await count(bench, { text: 'A'.repeat(1_000_000) })) > 50_000)
})

test('what cannot be counted is a 400 that names the field', async (t) => {
  const bench = await openBench(t)
  const cases: readonly (readonly [unknown, string | null])[] = [
    [{ text: 'x' }, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: 'x' }, 'messages'],
    [{ model: 'm', text: 3 }, 'messages'],
    [{ model: 'm', text: 'x', tools: {} }, 'tools'],
    ['[]', null],
    ['nonsense', null],
  ]
  for (const [body, param] of cases) {
    const response = await post(bench, body)
    assert.equal(response.status, 400, JSON.stringify(body))
    assert.equal(errorIn(await response.text()).param ?? null, param, JSON.stringify(body))
  }
})
