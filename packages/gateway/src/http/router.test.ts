import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import { Router } from './router.ts'
import type { Route } from './router.ts'

const greeting: Route = { method: 'GET', path: '/', access: 'open', rootOnly: true }
const models: Route = { method: 'GET', path: '/models', access: 'key' }
const model: Route = { method: 'GET', path: '/models/{id}', access: 'key' }
const chat: Route = { method: 'POST', path: '/chat/completions', access: 'key' }
const router = new Router([greeting, models, model, chat])

function refusalOf(method: string, path: string): RefusedCall {
  try {
    router.match(method, path)
  } catch (error) {
    if (error instanceof RefusedCall) return error
    throw error
  }
  return assert.fail(`${method} ${path} was matched`)
}

test('a route is found with and without /v1, and for HEAD where there is GET', () => {
  for (const base of ['', '/v1']) {
    assert.equal(router.match('GET', `${base}/models`).route, models)
    assert.equal(router.match('HEAD', `${base}/models`).route, models)
    assert.equal(router.match('POST', `${base}/chat/completions`).route, chat)
  }
})

test('a route at the root is found there only', () => {
  assert.equal(router.match('GET', '/').route, greeting)
  assert.equal(refusalOf('GET', '/v1').status, 404)
  assert.equal(refusalOf('GET', '/v1/').status, 404)
})

test('what stands for {id} is the whole rest, slashes included, and never nothing', () => {
  assert.deepEqual(router.match('GET', '/v1/models/groq/meta/llama'), { route: model, id: 'groq/meta/llama' })
  assert.equal(refusalOf('GET', '/v1/models/').status, 404)
})

test('names of what every object has are no paths', () => {
  for (const path of ['__proto__', '/__proto__', '/constructor', '/v1/toString']) assert.equal(refusalOf('GET', path).status, 404)
  assert.equal(refusalOf('__proto__', '/models').status, 405)
})

test('a known path with another method says which is allowed', () => {
  for (const [method, path, allow] of [
    ['POST', '/models', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/models/a/b', 'GET, HEAD, OPTIONS'],
    ['HEAD', '/chat/completions', 'POST, OPTIONS'],
    ['get', '/models', 'GET, HEAD, OPTIONS'],
  ] as const) {
    const refusal = refusalOf(method, path)
    assert.equal(refusal.status, 405)
    assert.deepEqual(refusal.details.headers, ['allow', allow])
  }
})
