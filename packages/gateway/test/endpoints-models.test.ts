/** The list of models: virtual ones, aliases, and those of the providers, from memory for five minutes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { at, errorIn } from './edge/read.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

async function list(bench: Bench): Promise<readonly unknown[]> {
  const response = await fetch(`${bench.url}/models`)
  assert.equal(response.status, 200)
  const body: unknown = await response.json()
  assert.equal(at(body, 'object'), 'list')
  assert.equal(at(body, 'error'), undefined)
  const data = at(body, 'data')
  assert.ok(Array.isArray(data))
  return data
}

async function ids(bench: Bench): Promise<readonly unknown[]> {
  return (await list(bench)).map((card) => at(card, 'id'))
}

const yaml = `
providers:
  alpha: { base_url: "\${ALPHA_URL}", keys: ["${keyText('a')}"] }
  beta: { base_url: "\${BETA_URL}", keys: ["${keyText('a')}"] }
virtual_models: { clever: { description: The clever one, fallback_chain: [{ provider: alpha, model: m, priority: 1 }] } }
aliases: { gpt-4o: clever }
`

test('virtual models and aliases come first, then what each provider offers', async (t) => {
  const providers = { alpha: { models: ['m', 'meta/llama'] }, beta: { models: ['b'] } }
  const bench = await openBench(t, { yaml, providers })
  assert.deepEqual(await ids(bench), ['clever', 'gpt-4o', 'alpha/m', 'alpha/meta/llama', 'beta/b'])
  const [clever, , model] = await list(bench)
  assert.deepEqual([at(clever, 'owned_by'), at(clever, 'description'), at(clever, 'object')], ['keywheel', 'The clever one', 'model'])
  assert.deepEqual([at(model, 'owned_by'), typeof at(model, 'created')], ['alpha', 'number'])
})

test('a list is asked for once in five minutes, and once only when many ask at the same time', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock })
  await Promise.all([list(bench), list(bench), list(bench)])
  clock.advance(299_999)
  await list(bench)
  assert.equal(bench.upstream.calls.length, 1)
  clock.advance(1)
  await list(bench)
  await bench.upstream.seen(2)
  assert.equal(bench.upstream.calls.length, 2)
})

test('the old list is served, marked as stale, while its provider is down', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock })
  assert.deepEqual(await ids(bench), ['alpha/m'])
  await bench.upstream.close()
  clock.advance(300_000)
  await list(bench)
  while (!bench.log.some((line) => line['event'] === 'models.failed')) await new Promise(setImmediate)
  const [card] = await list(bench)
  assert.deepEqual([at(card, 'id'), at(card, 'stale')], ['alpha/m', true])
})

test('a provider that is down does not take the others off the list', async (t) => {
  const providers = { alpha: {}, beta: { models: ['b'] } }
  const bench = await openBench(t, { providers, keys: { alpha: ['a'], beta: ['b'] } })
  await bench.upstream.close()
  assert.deepEqual(await ids(bench), ['beta/b'])
})

test('one model is found by its name, slashes written out or encoded, also before anybody has asked for the list', async (t) => {
  const bench = await openBench(t, { providers: { alpha: { models: ['meta/llama-3.3:free'] } } })
  const id = 'alpha/meta/llama-3.3:free'
  for (const path of [id, encodeURIComponent(id), 'alpha/meta%2fllama-3.3:free', `${id}/`]) {
    const response = await fetch(`${bench.url}/models/${path}`)
    assert.equal(response.status, 200, path)
    assert.equal(at(await response.json(), 'id'), id)
  }
})

test('a model that does not exist gets a 404 with the nearest names', async (t) => {
  const bench = await openBench(t, { providers: { alpha: { models: ['llama-3.3'] } } })
  for (const id of ['alpha/lama-3.3', 'alpha%2Flama-3.3']) {
    const response = await fetch(`${bench.url}/models/${id}`)
    assert.equal(response.status, 404)
    const { message, code, param } = errorIn(await response.text())
    assert.deepEqual([code, param], ['model_not_found', 'model'])
    assert.match(message, /`alpha\/llama-3\.3`/)
  }
  assert.equal((await fetch(`${bench.url}/models/${'x'.repeat(8000)}`)).status, 404)
})
