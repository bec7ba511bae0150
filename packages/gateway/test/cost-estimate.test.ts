/** POST /v1/cost-estimate: what tokens would cost, where the price is known. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, errorIn } from './edge/read.ts'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

function post(bench: Bench, body: object): Promise<Response> {
  return fetch(`${bench.url}/cost-estimate`, { method: 'POST', body: JSON.stringify(body) })
}

async function estimate(bench: Bench, model: string, tokens: object = {}): Promise<unknown> {
  const response = await post(bench, { model, prompt_tokens: 1000, completion_tokens: 100, ...tokens })
  assert.equal(response.status, 200)
  return response.json()
}

test('each class of tokens has its price, and the sum is the cost', async (t) => {
  const bench = await openBench(t)
  const answer = await estimate(bench, 'openai/gpt-5', { cache_read_tokens: 2000 })
  assert.equal(at(answer, 'cost'), 0.0025)
  assert.deepEqual(at(answer, 'pricing'), {
    input_cost_per_token: 0.000_001_25,
    output_cost_per_token: 0.000_01,
    cache_read_input_token_cost: 0.000_000_125,
  })
  assert.deepEqual([at(answer, 'model'), at(answer, 'currency')], ['openai/gpt-5', 'USD'])
  assert.match(String(at(answer, 'source')), /^genai-prices /)
  assert.match(String(at(answer, 'date')), /^20\d\d-/)
})

test('a bare name, a date behind it and a virtual model lead to the same price', async (t) => {
  const yaml = `
providers: { openai: { base_url: "\${ALPHA_URL}", keys: [key-0123456789abcdef] } }
virtual_models: { clever: { fallback_chain: [{ provider: openai, model: gpt-5 }] } }
`
  const bench = await openBench(t, { yaml })
  const costs = await Promise.all(['gpt-5', 'openai/gpt-5-2025-08-07', 'clever'].map((model) => estimate(bench, model)))
  assert.deepEqual(
    costs.map((answer) => at(answer, 'cost')),
    [0.002_25, 0.002_25, 0.002_25],
  )
})

test('an unknown price is null with a 200, never 0', async (t) => {
  const bench = await openBench(t)
  for (const model of ['alpha/m', 'alpha/gpt-5', 'openai/no-such-model', 'nobody/knows', 'ollama/gpt-oss:20b']) {
    const answer = await estimate(bench, model)
    assert.deepEqual([at(answer, 'cost'), at(answer, 'pricing'), at(answer, 'source')], [null, null, 'unknown'], model)
    assert.equal(typeof at(answer, 'error'), 'string')
  }
})

test('numbers that are none, and a missing model, are a 400 that names the field', async (t) => {
  const bench = await openBench(t)
  const good = { model: 'openai/gpt-5', prompt_tokens: 1, completion_tokens: 1 }
  const cases: readonly (readonly [object, string])[] = [
    [{ ...good, model: undefined }, 'model'],
    [{ ...good, prompt_tokens: -1 }, 'prompt_tokens'],
    [{ ...good, prompt_tokens: undefined }, 'prompt_tokens'],
    [{ ...good, completion_tokens: 1.5 }, 'completion_tokens'],
    [{ ...good, completion_tokens: '1' }, 'completion_tokens'],
    [{ ...good, cache_read_tokens: 1e300 }, 'cache_read_tokens'],
    [{ ...good, cache_creation_tokens: true }, 'cache_creation_tokens'],
  ]
  for (const [body, param] of cases) {
    const response = await post(bench, body)
    assert.equal(response.status, 400, param)
    assert.equal(errorIn(await response.text()).param, param)
  }
})

test('the key is asked for', async (t) => {
  const bench = await openBench(t, { env: { PROXY_API_KEY: 'the-proxy-key-0123456789' } })
  const response = await post(bench, { model: 'openai/gpt-5', prompt_tokens: 1, completion_tokens: 1 })
  assert.equal(response.status, 401)
})
