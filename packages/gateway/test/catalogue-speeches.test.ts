/** Providers of the catalogue at another address: which path is asked, where the key goes, and which fields are left out. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { SeenCall, Simulator } from '@keywheel/simulator'
import { at as valueAt, errorIn } from './edge/read.ts'
import { hello, keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const key = keyText('a')

const chatAnswer = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})

function answerAll(upstream: Simulator, body: string): void {
  upstream.script('*', { is: 'status', status: 200, headers: { 'content-type': 'application/json' }, body })
}

function post(bench: Bench, path: string, body: object): Promise<Response> {
  return fetch(`${bench.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
}

function onlyCall({ upstream }: Bench): SeenCall {
  const [call, ...more] = upstream.calls.filter(({ method }) => method === 'POST')
  assert.ok(call !== undefined && more.length === 0, `${more.length + 1} calls`)
  return call
}

const at = (provider: string, more: string = ''): string =>
  `providers: { ${provider}: { base_url: "\${ALPHA_URL}", keys: [${key}]${more} } }`

test('a deployment of Azure’s is asked by its own path, with the version, and with the key in Azure’s header', async (t) => {
  const bench = await openBench(t, { yaml: at('azure-deployments', ', variables: { version: "2025-04-01-preview" }') })
  answerAll(bench.upstream, chatAnswer)
  assert.equal((await bench.ask({ model: 'azure-deployments/my gpt' })).status, 200)
  const call = onlyCall(bench)
  assert.equal(call.path, '/v1/my%20gpt/chat/completions?api-version=2025-04-01-preview')
  assert.deepEqual([call.headers['api-key'], call.headers['authorization']], [key, undefined])
})

test('what a vendor speaks at another address is not asked for there once the owner has given one', async (t) => {
  const bench = await openBench(t, { yaml: at('deepseek') })
  answerAll(bench.upstream, chatAnswer)
  const response = await post(bench, '/messages', { model: 'deepseek/deepseek-v4-pro', max_tokens: 10, ...hello })
  assert.equal(response.status, 200)
  assert.equal(onlyCall(bench).path, '/v1/chat/completions')
})

test('a caller of a further dialect gets it, without the fields that are refused in that dialect', async (t) => {
  const bench = await openBench(t, { yaml: at('openrouter') })
  answerAll(bench.upstream, JSON.stringify({ id: 'r', object: 'response', status: 'completed', model: 'm', output: [] }))
  const response = await post(bench, '/responses', { model: 'openrouter/openai/gpt-5', input: 'hello', store: true })
  assert.equal(response.status, 200)
  const { path, json } = onlyCall(bench)
  assert.equal(path, '/v1/responses')
  assert.deepEqual([valueAt(json, 'model'), valueAt(json, 'input'), valueAt(json, 'store')], ['openai/gpt-5', 'hello', undefined])
})

test('a dialect set for a provider is what it is asked in, with the key where that dialect’s vendor has it', async (t) => {
  const bench = await openBench(t, { env: { ALPHA_DIALECT: 'anthropic-messages' } })
  answerAll(bench.upstream, readFileSync(new URL('contract/anthropic-messages/text.json', import.meta.url), 'utf8'))
  assert.equal((await bench.ask()).status, 200)
  const call = onlyCall(bench)
  assert.equal(call.path, '/v1/messages')
  assert.deepEqual([call.headers['x-api-key'], call.headers['anthropic-version']], [key, '2023-06-01'])
})

test('a provider whose address lacks a part is refused with the names of what is missing', async (t) => {
  const bench = await openBench(t, { env: { AZURE_API_KEY: keyText('azure') } })
  const response = await bench.ask({ model: 'azure/my-gpt' })
  assert.equal(response.status, 404)
  assert.match(errorIn(await response.text()).message, /Azure OpenAI is not set up: add AZURE_API_KEY and AZURE_RESOURCE_NAME to \.env\./)
})
