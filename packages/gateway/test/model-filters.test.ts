/** Models that the owner hides from the lists: shown nowhere, and where that is wanted also not to be asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverError } from '@keywheel/simulator'
import { at, errorIn } from './edge/read.ts'
import { hello, openBench } from './harness.ts'
import type { Given } from './harness.ts'

const hidesLarge: Given = {
  env: {
    IGNORE_MODELS_ALPHA: '*large*',
    WHITELIST_MODELS_ALPHA: 'alpha/large-but-fine',
    ENFORCE_MODEL_LISTS_ALPHA: 'true',
    ALPHA_MODELS: '{"my-large":{"id":"upstream-large"}}',
  },
}

test('a hidden model is refused with the name of the setting, and nobody is asked', async (t) => {
  const bench = await openBench(t, hidesLarge)
  const answer = await bench.ask({ model: 'alpha/very-large-1' })
  assert.equal(answer.status, 404)
  const { message, code, param } = errorIn(await answer.text())
  assert.deepEqual([code, param], ['model_not_found', 'model'])
  assert.match(message, /"alpha\/very-large-1" cannot be used\. `ignore_models` of alpha \(IGNORE_MODELS_ALPHA\) hides this model/)
  assert.equal(bench.upstream.calls.length, 0)
})

test('an Anthropic caller hears of it in its own dialect', async (t) => {
  const bench = await openBench(t, hidesLarge)
  const body = JSON.stringify({ model: 'alpha/very-large-1', max_tokens: 10, ...hello })
  const answer = await fetch(`${bench.url}/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  assert.equal(answer.status, 404)
  const told: unknown = await answer.json()
  assert.deepEqual([at(told, 'type'), at(told, 'error', 'type')], ['error', 'not_found_error'])
  assert.match(String(at(told, 'error', 'message')), /IGNORE_MODELS_ALPHA/)
})

test('what the whitelist shows, what no pattern hides, and names of the owner’s own are answered', async (t) => {
  const bench = await openBench(t, hidesLarge)
  for (const model of ['large-but-fine', 'small', 'my-large'])
    assert.equal((await bench.ask({ model: `alpha/${model}` })).status, 200, model)
  assert.equal((await bench.ask({ model: 'alpha/upstream-large' })).status, 404)
})

test('patterns only tidy the list where they are not enforced', async (t) => {
  const bench = await openBench(t, { env: { IGNORE_MODELS_ALPHA: '*' } })
  assert.deepEqual(at(await (await fetch(`${bench.url}/models`)).json(), 'data'), [])
  assert.equal((await bench.ask()).status, 200)
})

const chain = `
providers:
  alpha: { base_url: "\${ALPHA_URL}", keys: [key-alpha-000000001], ignore_models: ["*large*"], enforce_model_lists: true }
  beta: { base_url: "\${BETA_URL}", keys: [key-beta-0000000001] }
virtual_models:
  mix: { fallback_chain: [{ provider: alpha, model: large, priority: 1 }, { provider: beta, model: m, priority: 2 }] }
`

test('in a chain the next target answers, and the reason is told when that one fails as well', async (t) => {
  const bench = await openBench(t, { yaml: chain, providers: { alpha: {}, beta: {} } })
  const answered = await bench.ask({ model: 'mix' })
  assert.deepEqual([answered.status, answered.headers.get('x-keywheel-provider')], [200, 'beta'])
  bench.simulators['beta']?.script('*', serverError())
  const failed: unknown = await (await bench.ask({ model: 'mix' })).json()
  const [passedOver] = at(failed, 'error', 'details', 'not_tried') as readonly unknown[]
  assert.equal(at(passedOver, 'target'), 'alpha/large')
  assert.match(String(at(passedOver, 'why')), /IGNORE_MODELS_ALPHA/)
  assert.equal(bench.upstream.calls.length, 0)
})
