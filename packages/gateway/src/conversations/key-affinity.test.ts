import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seal } from '../dialects/canonical/opaque.ts'
import { bareAsk } from '../dialects/dialect.ts'
import type { Sketch } from '../dialects/dialect.ts'
import { sketchResponses } from '../dialects/openai-responses/sketch.ts'
import { KeyAffinity, lastSealed } from './key-affinity.ts'

const key = { pool: 'openai', keyId: 'k1' }

function holding(encrypted: string): Sketch {
  const input = [
    { type: 'reasoning', encrypted_content: encrypted },
    { role: 'user', content: 'q' },
  ]
  return sketchResponses(Buffer.from(JSON.stringify({ model: 'm', input })), bareAsk)
}

test('the key of encrypted thinking is found by the caller it was made for, and by nobody else', () => {
  const affinity = new KeyAffinity()
  affinity.remember('ann', ['gAAAA-one', 'gAAAA-two'], key)
  assert.deepEqual(affinity.find('ann', holding('gAAAA-two')), key)
  assert.equal(affinity.find('bob', holding('gAAAA-two')), undefined)
  assert.equal(affinity.find('ann', holding('gAAAA-three')), undefined)
})

test('what was sealed tells its key by itself, where keys matter at all', () => {
  const origin = { provider: 'openai', keyId: 'k2' }
  const own = seal({ origin: { dialect: 'openai-responses', ...origin }, data: 'x' })
  assert.deepEqual(new KeyAffinity().find('ann', holding(own)), { pool: 'openai', keyId: 'k2' })
  const signature = seal({ origin: { dialect: 'anthropic-messages', ...origin }, data: 'x' })
  assert.equal(new KeyAffinity().find('ann', holding(signature)), undefined)
  assert.equal(lastSealed(Buffer.from('{"messages":[]}')), undefined)
})

test('the oldest is forgotten when there is no room', () => {
  const affinity = new KeyAffinity()
  affinity.remember('ann', ['first'], key)
  for (let at = 0; at < 20_000; at++) affinity.remember('ann', [`other ${at}`], key)
  assert.equal(affinity.find('ann', holding('first')), undefined)
  assert.deepEqual(affinity.find('ann', holding('other 0')), key)
})
