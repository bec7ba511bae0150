/** Conversations as long as a body can be: they take time with their length, not with its square, and no list is too long to be read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import type { DialectName } from '../domain/operation.ts'
import { bridge, BridgedCall } from './bridge.ts'
import type { Bridge } from './bridge.ts'
import { bareAsk } from './dialect.ts'
import { allDialects, dialectOf } from './list.ts'

const many = 40_000
/** More than a function can be called with. */
const tooMany = 150_000
/** Many times what it takes; with the square of the length it would be more. */
const patienceMs = 3000

function listOf(length: number, item: (at: number) => unknown): unknown[] {
  return Array.from({ length }, (_, at) => item(at))
}

const call = (id: string): object => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })
const user = { role: 'user', content: 'x' }
const calls = (id: (at: number) => string): object => ({
  role: 'assistant',
  content: null,
  tool_calls: listOf(many / 2, (at) => call(id(at))),
})
const results = (id: (at: number) => string): unknown[] => listOf(many / 2, (at) => ({ role: 'tool', tool_call_id: id(at), content: 'x' }))

const conversations: Readonly<Record<string, readonly [DialectName, object]>> = {
  'turns of one role': ['openai-chat', { messages: listOf(many, () => user) }],
  'calls and results in the opposite order': [
    'openai-chat',
    { messages: [user, calls((at) => `c${at}`), ...results((at) => `c${many / 2 - 1 - at}`)] },
  ],
  'calls that all have one id': ['openai-chat', { messages: [user, calls(() => 'c'), ...results(() => 'c')] }],
  'results without calls, each in a turn of its own': [
    'openai-chat',
    { messages: listOf(many, (at) => (at % 2 === 0 ? user : { role: 'tool', tool_call_id: `c${at}`, content: 'x' })) },
  ],
  'results by name alone': [
    'openai-chat',
    {
      messages: listOf(many, (at) =>
        at % 2 === 0
          ? { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } }
          : { role: 'function', name: 'f', content: 'x' },
      ),
    },
  ],
  'thinking, piece by piece': [
    'anthropic-messages',
    {
      max_tokens: 5,
      messages: [user, { role: 'assistant', content: listOf(many, () => ({ type: 'thinking', thinking: 't', signature: 's' })) }],
    },
  ],
  'cache marks on every block': [
    'anthropic-messages',
    {
      max_tokens: 5,
      messages: [{ role: 'user', content: listOf(tooMany, () => ({ type: 'text', text: 't', cache_control: { type: 'ephemeral' } })) }],
    },
  ],
  'items of one turn': [
    'openai-responses',
    { input: [...listOf(many, (at) => ({ type: 'reasoning', id: `r${at}`, summary: [], encrypted_content: `e${at}` })), user] },
  ],
  "results by their place, for Ollama's callers": [
    'ollama-chat',
    {
      messages: [
        { role: 'assistant', content: '', tool_calls: listOf(many / 2, () => ({ function: { name: 'f', arguments: {} } })) },
        ...listOf(many / 2, () => ({ role: 'tool', content: 'x' })),
      ],
    },
  ],
  "results by their names, for Gemini's callers": [
    'gemini-generate',
    {
      contents: [
        { role: 'model', parts: listOf(many / 2, (at) => ({ functionCall: { name: `f${at}`, args: {} } })) },
        { role: 'user', parts: listOf(many / 2, (at) => ({ functionResponse: { name: `f${many / 2 - 1 - at}`, response: {} } })) },
      ],
    },
  ],
}

interface Way {
  readonly from: DialectName
  readonly body: object
  readonly to: DialectName
}

function bridgeFor({ from, body, to }: Way): Bridge {
  const caller = dialectOf(from)
  const sketch = caller.sketch(Buffer.from(JSON.stringify({ model: 'm', ...body })), { ...bareAsk, model: 'm', stream: true })
  const bridged = new BridgedCall({ caller, sketch, callId: 'req_1', createdAt: 7, memory: undefined })
  const changes = { model: 'm', removed: [], renamed: {}, defaults: {} }
  return bridge(bridged, dialectOf(to), { provider: 'p', model: 'm', dialect: to, keyId: 'k', quirks: {}, changes, rebuilds: true })
}

/** Fails where `work` takes time with the square of what it is given. */
function isQuick(work: () => void): void {
  const begunAt = performance.now()
  work()
  const tookMs = performance.now() - begunAt
  assert.ok(tookMs < patienceMs, `it took ${tookMs} ms`)
}

for (const [label, [from, body]] of Object.entries(conversations)) {
  test(`a conversation may hold very many: ${label}`, () => {
    for (const { name: to } of allDialects.filter(({ provider }) => provider !== undefined)) {
      isQuick(() => void bridgeFor({ from, body, to }))
    }
  })
}

test('more texts to stop at than can be watched for are refused by name', () => {
  const body = { messages: [user], stop: listOf(tooMany, (at) => `s${at}`) }
  assert.throws(
    () => bridgeFor({ from: 'openai-chat', body, to: 'cohere-chat' }),
    (error) => error instanceof RefusedCall && error.details.param === 'stop',
  )
})

function event(toolCall: object): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [toolCall] } }] })}\n\n`
}

test('a stream may hold very many calls side by side', () => {
  const body = { max_tokens: 5, messages: [user] }
  const begun = listOf(5000, (index) => event({ index, id: `c${index}`, function: { name: 'f', arguments: '{' } }))
  const ended = listOf(5000, (index) => event({ index, function: { arguments: '}' } }))
  const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
  const tap = bridgeFor({ from: 'anthropic-messages', body, to: 'openai-chat' }).openTap()
  isQuick(() => {
    const out = tap?.take(Buffer.from([...begun, ...ended, finish].join('')))?.toString() ?? ''
    assert.equal(out.split('"content_block_start"').length - 1, 5000)
    assert.equal(tap?.ended, 'done')
  })
})
