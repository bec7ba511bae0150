import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import { readChatRequest } from './read-request.ts'
import { ollamaChat } from './index.ts'
import { writeChatRequest } from './write-request.ts'

function read(body: object): CanonicalRequest {
  return readChatRequest(ollamaChat.sketch(Buffer.from(JSON.stringify({ model: 'm', messages: [], ...body })), bareAsk))
}

const target: TranslationTarget = { provider: 'p', model: 'llama3', dialect: 'ollama-chat', keyId: 'k', quirks: {} }
const plain: CanonicalRequest = { from: 'openai-chat', model: 'm', stream: false, turns: [], tools: [], sampling: {}, extras: {} }

function written(
  request: Partial<CanonicalRequest>,
  more: Partial<TranslationTarget> = {},
): { body: Record<string, unknown>; losses: readonly string[] } {
  const { body, losses } = writeChatRequest({ ...plain, ...request }, { ...target, ...more })
  return { body: JSON.parse(body.toString()), losses }
}

const weather = { is: 'function', name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } as const

const sketched = (text: string): { model: string; stream: boolean } => {
  const { model, stream } = ollamaChat.sketch(Buffer.from(text), bareAsk)
  return { model, stream }
}

test('a request streams unless it says that it does not, and `name:latest` is `name`', () => {
  assert.deepEqual(sketched('{"model":"a/b:latest"}'), { model: 'a/b', stream: true })
  assert.deepEqual(sketched('{"model":"a/b:7b","stream":false}'), { model: 'a/b:7b', stream: false })
  assert.equal(sketched('{"model":"a","stream":null}').stream, true)
})

test('the limit is found inside of the options, and lowered there when the request goes through', () => {
  const text = '{"model":"m","options":{"num_predict" : 5000,"num_ctx":8192}}'
  const sketch = ollamaChat.sketch(Buffer.from(text), bareAsk)
  assert.equal(sketch.maxTokens, 5000)
  const changes = { model: 'llama3', maxTokens: 1000, removed: [], renamed: {}, defaults: {} }
  assert.equal(ollamaChat.writeRequest(sketch, changes).toString(), '{"model":"llama3","options":{"num_predict" : 1000,"num_ctx":8192}}')
  const unlimited = ollamaChat.sketch(Buffer.from('{"model":"m","options":{"num_predict":-1}}'), bareAsk)
  assert.equal(unlimited.maxTokens, undefined)
  assert.throws(() => ollamaChat.sketch(Buffer.from('{"model":"m","options":{"num_predict":"many"}}'), bareAsk), /num_predict/)
})

test('results of tools find their calls by id, by name, or by their place', () => {
  const calls = [{ id: 'x', function: { name: 'a', arguments: { n: 1 } } }, { function: { name: 'b', arguments: {} } }]
  const { turns } = read({
    messages: [
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'tool', tool_name: 'b', content: 'of b' },
      { role: 'tool', tool_call_id: 'x', content: 'of a' },
      { role: 'assistant', content: 'Again.', tool_calls: [{ function: { name: 'a', arguments: '{"n":2}' } }] },
      { role: 'tool', content: 'of the second a' },
    ],
  })
  const told = turns.flatMap((turn) => (turn.role === 'tool' ? [turn.results] : []))
  const called = turns.flatMap((turn) => (turn.role === 'assistant' ? turn.blocks.filter((block) => block.is === 'tool-call') : []))
  assert.deepEqual(
    told.flat().map(({ callId, name }) => [callId, name]),
    [
      [called[1]?.id, 'b'],
      ['x', 'a'],
      [called[2]?.id, 'a'],
    ],
  )
  assert.deepEqual(
    told.map(({ length }) => length),
    [2, 1],
  )
  assert.equal(new Set(called.map(({ id }) => id)).size, 3)
  assert.equal(called[2]?.argumentsText, '{"n":2}')
})

test('everything that Ollama’s callers can say is read', () => {
  const request = read({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Look.', images: ['iVBORw0KGgo='] },
      { role: 'assistant', thinking: 'Hm.', content: 'Yes.' },
    ],
    format: { type: 'object' },
    think: 'high',
    keep_alive: '5m',
    template: '',
    logprobs: true,
    top_logprobs: 2,
    options: { temperature: 0.5, top_k: 3, repeat_penalty: 1.1, seed: 4, stop: ['a', 'b'], num_predict: 9, num_ctx: 8192 },
  })
  assert.deepEqual(request.sampling, { temperature: 0.5, topK: 3, repetitionPenalty: 1.1, seed: 4, topLogprobs: 2 })
  assert.deepEqual([request.maxTokens, request.stop], [9, ['a', 'b']])
  assert.deepEqual(request.format, { is: 'json-schema', schema: { type: 'object' } })
  assert.deepEqual(request.reasoning, { effort: 'high', visible: true })
  assert.deepEqual(request.extras, { keep_alive: '5m', options: { num_ctx: 8192 } })
  const [, user, assistant] = request.turns
  assert.deepEqual(user?.role === 'user' && user.parts[0], {
    is: 'image',
    source: { is: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' },
  })
  assert.deepEqual(assistant?.role === 'assistant' && assistant.blocks.map(({ is }) => is), ['reasoning', 'text'])
})

test('a field that is no field of its kind is named', () => {
  assert.throws(() => read({ messages: 'hello' }), /`messages` must be a list/)
  assert.throws(() => read({ messages: [{ role: 'wizard', content: '' }] }), /messages\[0\]\.role/)
  assert.throws(() => read({ messages: [{ role: 'user', content: ['a'] }] }), /messages\[0\]\.content/)
  assert.throws(() => read({ messages: [{ role: 'user', content: 'a', images: [1] }] }), /images/)
  assert.throws(() => read({ tools: [{ type: 'function' }] }), /tools\[0\]\.function\.name/)
  assert.throws(() => read({ options: { temperature: 'hot' } }), /options\.temperature/)
  assert.throws(() => read({ format: 'xml' }), /`format`/)
})

test('what was read is written again as it was, with what only Ollama knows', () => {
  const body = {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Look.', images: ['iVBORw0KGgo='] },
      { role: 'assistant', content: 'Yes.', thinking: 'Hm.', tool_calls: [{ id: 'c', function: { name: 'f', arguments: { a: 1 } } }] },
      { role: 'tool', content: 'Done.', tool_name: 'f', tool_call_id: 'c' },
    ],
    think: true,
    keep_alive: '5m',
    options: { temperature: 0.5, stop: ['a'], num_predict: 9, num_ctx: 8192, mirostat: 2 },
  }
  const { body: again, losses } = written(read(body))
  assert.deepEqual(again, { model: 'llama3', stream: true, ...body })
  assert.deepEqual(losses, [])
})

const call = (id: string, name: string, argumentsText: string): Extract<Turn, { role: 'assistant' }>['blocks'][number] => ({
  is: 'tool-call',
  id,
  name,
  argumentsText,
})
const result = (callId: string, text: string, isError = false): Extract<Turn, { role: 'tool' }>['results'][number] => ({
  callId,
  parts: [{ is: 'text', text }],
  isError,
})

test('what only a generation from a prompt can say is told to be lost in a chat', () => {
  const { body, losses } = written({ from: 'ollama-generate', extras: { raw: true, template: 'x', keep_alive: '1m' } })
  assert.deepEqual([losses, body['raw'], body['keep_alive']], [['extras.raw', 'extras.template'], undefined, '1m'])
})

test('results stand behind their calls in the order of the calls, and each call has one', () => {
  const turns: Turn[] = [
    { role: 'user', parts: [{ is: 'text', text: 'Go.' }], name: 'Ann' },
    { role: 'assistant', blocks: [call('1', 'a', '{"n":1}'), call('2', 'b', ''), call('3', 'c', '[1')] },
    { role: 'tool', results: [result('2', 'of b', true), result('1', 'of a')] },
  ]
  const { body } = written({ turns })
  assert.deepEqual(body['messages'], [
    { role: 'user', content: 'Ann: Go.' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [
        { id: '1', function: { name: 'a', arguments: { n: 1 } } },
        { id: '2', function: { name: 'b', arguments: {} } },
        { id: '3', function: { name: 'c', arguments: { _raw: '[1' } } },
      ],
    },
    { role: 'tool', content: 'of a', tool_call_id: '1' },
    { role: 'tool', content: 'Error: of b', tool_call_id: '2' },
    { role: 'tool', content: 'Error: (no result)', tool_name: 'c', tool_call_id: '3' },
  ])
})

const long = (length: number): Turn[] => [{ role: 'user', parts: [{ is: 'text', text: 'word '.repeat(length / 5) }] }]

const windowFor = (turns: Turn[], maxTokens?: number): unknown =>
  (written({ turns, ...(maxTokens !== undefined && { maxTokens }) }).body['options'] as Record<string, unknown>)['num_ctx']

test('a window is asked for that the request fits into, and none where Ollama’s own is enough', () => {
  assert.equal(windowFor(long(1000)), undefined)
  assert.equal(windowFor(long(30_000)), 16_384)
  assert.equal(windowFor(long(1000), 30_000), 32_768)
  assert.equal(windowFor(long(10_000_000)), 131_072)
  const image = { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'A'.repeat(100_000) } } as const
  assert.equal(windowFor([{ role: 'user', parts: [image, image, image] }]), 8192)
})

test('thinking is switched only where the model is known to take the switch', () => {
  const think = (effort: 'none' | 'high', more: Partial<TranslationTarget> = {}): [unknown, readonly string[]] => {
    const { body, losses } = written({ reasoning: { effort } }, more)
    return [body['think'], losses]
  }
  assert.deepEqual(think('none'), [false, []])
  assert.deepEqual(think('high'), [undefined, ['reasoning']])
  assert.deepEqual(think('high', { reasoning: true }), [true, []])
  assert.deepEqual(think('high', { model: 'gpt-oss:20b' }), ['high', []])
  assert.deepEqual(written({ reasoning: { visible: false } }), written({}))
})

test('tools that may not be called are held back, and a forced call is told to be lost', () => {
  const tools = [weather, { ...weather, name: 'news' }]
  const names = (toolChoice: CanonicalRequest['toolChoice']): [unknown, readonly string[]] => {
    const { body, losses } = written({ tools, ...(toolChoice !== undefined && { toolChoice }) })
    const told = (body['tools'] ?? []) as { function: { name: string } }[]
    return [told.map((tool) => tool.function.name), losses]
  }
  assert.deepEqual(names(undefined), [['weather', 'news'], []])
  assert.deepEqual(names({ is: 'none' }), [[], []])
  assert.deepEqual(names({ is: 'required' }), [['weather', 'news'], ['toolChoice']])
  assert.deepEqual(names({ is: 'allowed', names: ['news'], required: false }), [['news'], []])
})

const saying = (part: Extract<Turn, { role: 'user' }>['parts'][number]): Turn[] => [{ role: 'user', parts: [part] }]

test('what Ollama cannot take is refused with a remedy', () => {
  assert.throws(() => written({ turns: saying({ is: 'image', source: { is: 'url', url: 'https://example.org/a.png' } }) }), /data URL/)
  assert.throws(() => written({ turns: saying({ is: 'audio', source: { is: 'base64', mediaType: 'audio/wav', data: '' } }) }), /no audio/)
  assert.throws(() => written({ tools: [{ is: 'custom', name: 'patch' }] }), /Offer a function/)
  assert.throws(() => written({ tools: [{ is: 'server', type: 'web_search', origin: 'openai-responses', value: {} }] }), /web_search/)
  assert.throws(() => written({ extras: { web_search_options: {} } }), /web_search_options/)
})

test('the owner’s parameters fill gaps, and refused fields are taken out', () => {
  const { body } = written({ reasoning: { effort: 'none' } }, { defaults: { keep_alive: '1h', model: 'other' }, removed: ['think'] })
  assert.deepEqual([body['keep_alive'], body['model'], body['think']], ['1h', 'llama3', undefined])
})
