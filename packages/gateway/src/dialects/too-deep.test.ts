import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import { BridgedCall, bridge } from './bridge.ts'
import type { Bridge } from './bridge.ts'
import { bareAsk } from './dialect.ts'
import { dialectOf } from './list.ts'

/** A JSON text that can be read and not be written again. */
const deep = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: deep } }

/** From a caller of Anthropic's dialect, where arguments are objects, to an OpenAI-style provider, where they are text. */
function bridgeWith(caller: 'anthropic-messages' | 'openai-chat', to: 'anthropic-messages' | 'openai-chat', more: object = {}): Bridge {
  const dialect = dialectOf(caller)
  const body = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }], ...more }
  const sketch = dialect.sketch(Buffer.from(JSON.stringify(body)), bareAsk)
  const bridged = new BridgedCall({ caller: dialect, sketch, callId: 'req_1', createdAt: 1, memory: undefined })
  const changes = { model: 'm', removed: [], renamed: {}, defaults: {} }
  return bridge(bridged, dialectOf(to), { provider: 'p', model: 'm', dialect: to, keyId: 'k', quirks: {}, changes, rebuilds: false })
}

test('an answer that nests deeper than can be written is a bad answer', () => {
  const message = { role: 'assistant', content: null, tool_calls: [call] }
  const whole = Buffer.from(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'tool_calls' }] }))
  assert.equal(bridgeWith('anthropic-messages', 'openai-chat').readWhole(whole, 'application/json').failure?.reason, 'bad-answer')
})

test('a request whose history nests deeper than can be written is refused by name', () => {
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: 'x' },
  ]
  assert.throws(
    () => bridgeWith('openai-chat', 'anthropic-messages', { messages }),
    (error) => error instanceof RefusedCall && error.failure.reason === 'bad-request',
  )
})
