/** Keys become pools without being given away. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Secret } from '../domain/secret.ts'
import { activate } from '../providers/active-provider.ts'
import type { ActiveProvider, ProviderSettings } from '../providers/active-provider.ts'
import { authorize } from './authorize.ts'
import { keyId } from './key-id.ts'
import { poolsOf } from './pools.ts'
import { isUsableKey } from './usable-key.ts'

const secret = new Secret('sk-test-0123456789abcdefghij')

function provider(name: string, changes: Partial<ProviderSettings> = {}): ActiveProvider {
  const active = activate({
    name,
    keyless: name === 'ollama',
    keys: [],
    pool: { rotation: 'sequential', tolerance: 3 },
    skipsProbes: false,
    enforcesModelLists: false,
    timeouts: {},
    models: [],
    whitelistModels: [],
    ignoreModels: [],
    rejects: [],
    ...changes,
  })
  assert.ok(active)
  return active
}

test('a key’s id is the beginning of its SHA-256 and the same every time', () => {
  assert.equal(keyId(new Secret('abc')), 'ba7816bf8f01')
  assert.equal(keyId(secret), keyId(new Secret('sk-test-0123456789abcdefghij')))
  assert.notEqual(keyId(secret), keyId(new Secret('sk-test-0123456789abcdefghik')))
})

test('a pool shows ids and masked labels, never a key', () => {
  const pools = poolsOf([provider('groq', { keys: [{ secret, source: 'GROQ_API_KEY', priority: 1 }] })])
  const [key] = pools[0]?.keys ?? []
  assert.equal(key?.label, 'sk-t…ghij')
  assert.equal(key.id, keyId(secret))
  assert.equal(key.credential, secret)
  assert.ok(!(JSON.stringify(pools) + inspect(pools, { depth: 9 })).includes('0123456789'))
})

test('a pool takes over rotation and limits, and leaves absent ones absent', () => {
  const [limited, plain] = poolsOf([
    provider('ollama', { pool: { rotation: 'sequential', tolerance: 0, optimalConcurrency: 2, maxConcurrency: 5 } }),
    provider('groq', { pool: { rotation: 'balanced', tolerance: 3 }, keys: [{ secret, source: 'x', priority: 1 }] }),
  ])
  assert.deepEqual(limited?.settings, { rotation: 'sequential', tolerance: 0, optimalConcurrency: 2, maxConcurrency: 5 })
  assert.deepEqual(plain?.settings, { rotation: 'balanced', tolerance: 3 })
})

test('a provider that wants no key gets one that carries nothing', () => {
  const [pool] = poolsOf([provider('ollama')])
  assert.deepEqual(pool?.keys, [{ id: 'keyless', credential: undefined, label: 'no key', priority: 1 }])
})

test('a provider without its key has no pool', () => {
  assert.deepEqual(poolsOf([provider('groq')]), [])
})

test('a key that is configured twice counts once, with the better priority', () => {
  const keys = [3, 1, 2].map((priority) => ({ secret: new Secret(secret.reveal()), source: `GROQ_API_KEY_${priority}`, priority }))
  const [pool] = poolsOf([provider('groq', { keys })])
  assert.deepEqual(
    pool?.keys.map(({ priority }) => priority),
    [1],
  )
})

test('a key travels as the provider wants it', () => {
  assert.deepEqual(authorize({ kind: 'bearer' }, secret), ['authorization', 'Bearer sk-test-0123456789abcdefghij'])
  assert.deepEqual(authorize({ kind: 'header', name: 'x-goog-api-key' }, secret), ['x-goog-api-key', 'sk-test-0123456789abcdefghij'])
  assert.equal(authorize({ kind: 'none' }, secret), undefined)
  assert.equal(authorize({ kind: 'bearer' }, undefined), undefined)
})

test('a text that no header can carry is no key', () => {
  for (const text of ['sk-abc', 'clé-é', 'with space inside']) assert.ok(isUsableKey(text), text)
  for (const text of ['', 'a\r\nx-evil: 1', 'a\nb', 'a\0b', 'ключ', ' a', 'a ', 'a\tb', 'a\u0085b', 'a\u007F']) {
    assert.ok(!isUsableKey(text), JSON.stringify(text))
  }
})

test('use is counted by the provider’s own day, unless the owner says otherwise', () => {
  const keys = [{ secret, source: 'x', priority: 1 }]
  const [byItself, asTold, plain] = poolsOf([
    provider('gemini', { keys }),
    provider('gemini', { keys, pool: { rotation: 'balanced', tolerance: 3, window: { is: 'rolling', lengthMs: 60_000 } } }),
    provider('groq', { keys }),
  ])
  assert.deepEqual(byItself?.settings.window, { is: 'daily', hour: 0, timeZone: 'America/Los_Angeles' })
  assert.deepEqual(asTold?.settings.window, { is: 'rolling', lengthMs: 60_000 })
  assert.equal(plain?.settings.window, undefined)
})
