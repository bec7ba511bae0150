/** What Mistral is asked, and what it answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Quirks, TranslationTarget } from '../../domain/quirks.ts'
import type { Block } from '../canonical/blocks.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import type { StreamReader } from '../dialect.ts'
import { openAiChat } from '../openai-chat/index.ts'
import { sameAtEveryCut } from '../reading.test.ts'
import { mistralChat } from './index.ts'

type Fields = Record<string, unknown>

const hi: Turn = { role: 'user', parts: [{ is: 'text', text: 'Hi' }] }
const plain: CanonicalRequest = { from: 'openai-chat', model: 'asked', stream: false, turns: [hi], tools: [], sampling: {}, extras: {} }

interface Written {
  readonly body: Fields
  readonly messages: readonly Fields[]
  readonly losses: readonly string[]
}

function write(request: Partial<CanonicalRequest>, target: Partial<TranslationTarget> = {}, dialect = mistralChat): Written {
  const to: TranslationTarget = { provider: 'mistral', model: 'm', dialect: 'mistral-chat', keyId: 'k', quirks: {}, ...target }
  const wire = dialect.provider?.writeRequest({ ...plain, ...request }, to)
  assert.ok(wire)
  const body = JSON.parse(wire.body.toString()) as Fields & { messages: Fields[] }
  return { body, messages: body.messages, losses: wire.losses }
}

function loop(ids: readonly string[]): readonly Turn[] {
  return [
    hi,
    { role: 'assistant', blocks: ids.map((id): Block => ({ is: 'tool-call', id, name: 'f', argumentsText: '{}' })) },
    { role: 'tool', results: ids.map((callId) => ({ callId, parts: [{ is: 'text', text: `result of ${callId}` }], isError: false })) },
  ]
}

function idsIn(messages: readonly Fields[]): { called: string[]; answered: string[] } {
  const calls = messages.flatMap(({ tool_calls: told }) => (Array.isArray(told) ? (told as { id: string }[]) : []))
  return { called: calls.map(({ id }) => id), answered: messages.flatMap(({ tool_call_id: id }) => (typeof id === 'string' ? [id] : [])) }
}

const bedrockIds = [
  'bpe71yCiRpmyKuc_1A-b0',
  'bpe71yCiRpmyKuc_1A-b1',
  'bpe71yCi',
  'bpe71',
  'b_-',
  'q8',
  'zZ',
  '0',
  'bpe71yCiRpmyKuc_1A-bb',
  'bpe71yCiRpmyKuc_1A-bc',
].map((end) => `tooluse_${end}`)

test('ten ids of Bedrock become ten of Mistral, the same each time, and calls and results stay together (ID2, ID3)', () => {
  const { called, answered } = idsIn(write({ turns: loop(bedrockIds) }).messages)
  assert.equal(new Set(called).size, 10)
  for (const id of called) assert.match(id, /^[a-zA-Z0-9]{9}$/)
  assert.deepEqual(answered, called)
  assert.deepEqual(idsIn(write({ turns: loop(bedrockIds) }).messages).called, called)
})

test("Mistral's own ids stay as they are", () => {
  assert.deepEqual(idsIn(write({ turns: loop(['vAKGXGFZD', 'n9P3tR143']) }).messages).called, ['vAKGXGFZD', 'n9P3tR143'])
})

test('the user never speaks directly behind a tool (section 4.4)', () => {
  const { messages } = write({ turns: [...loop(['a']), hi] })
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant', 'tool', 'assistant', 'user'],
  )
})

function system(text: string): Turn {
  return { role: 'system', parts: [{ is: 'text', text }] }
}

test('system texts stand at the front, later ones with the user, and the user begins (section 8)', () => {
  const { messages } = write({
    turns: [system('One.'), system('Two.'), { role: 'assistant', blocks: [{ is: 'text', text: 'Hello.' }] }, hi, system('Three.')],
  })
  assert.deepEqual(
    messages.map(({ role, content }) => [role, content]),
    [
      ['system', 'One.\n\nTwo.'],
      ['user', '.'],
      ['assistant', 'Hello.'],
      ['user', 'Hi\n\n<system>Three.</system>'],
    ],
  )
  assert.equal(write({ turns: [system('One.')] }).messages.at(-1)?.['role'], 'user')
})

test('what the assistant has begun to say is marked as a beginning (O3)', () => {
  const { messages } = write({ turns: [hi, { role: 'assistant', blocks: [{ is: 'text', text: 'The answer is' }] }] })
  assert.deepEqual(messages.at(-1), { role: 'assistant', content: 'The answer is', prefix: true })
  assert.equal(write({ turns: loop(['a']) }).messages[1]?.['prefix'], undefined)
})

test('an assistant that only calls has an empty text', () => {
  assert.equal(write({ turns: loop(['a']) }).messages[1]?.['content'], '')
})

test('fields have its names, and those that it refuses are lost by name (m1)', () => {
  const { body, losses } = write({
    stream: true,
    maxTokens: 50,
    sampling: { temperature: 1.9, seed: 7, logitBias: {}, topLogprobs: 2, topK: 4 },
    user: 'u',
    cacheKey: 'k',
    serviceTier: 'flex',
    tools: [{ is: 'function', name: 'f' }],
    toolChoice: { is: 'required' },
    format: { is: 'json' },
    stop: ['END'],
    extras: { safe_prompt: true, store: true },
  })
  const { messages: _, tools: __, ...rest } = body
  assert.deepEqual(rest, {
    model: 'm',
    stream: true,
    max_tokens: 50,
    tool_choice: 'any',
    response_format: { type: 'json_object' },
    temperature: 1.5,
    random_seed: 7,
    stop: ['END'],
    prompt_cache_key: 'k',
    safe_prompt: true,
  })
  assert.deepEqual([...losses].toSorted(), ['extras.store', 'logitBias', 'serviceTier', 'topK', 'topLogprobs', 'user'])
})

test('thinking is on or off, and goes back as a part of the content while tools are at work (SG3)', () => {
  const [asked = hi, called = hi, ...rest] = loop(['a'])
  assert.ok(called.role === 'assistant')
  const turns: readonly Turn[] = [asked, { ...called, blocks: [{ is: 'reasoning', text: 'Hm.' }, ...called.blocks] }, ...rest]
  const { body, messages } = write({ turns, reasoning: { effort: 'low' } }, { reasoning: true })
  assert.equal(body['reasoning_effort'], 'high')
  assert.deepEqual(messages[1]?.['content'], [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }], closed: true }])
  assert.equal(write({ turns }).messages[1]?.['content'], '')
  assert.equal(write({ reasoning: { effort: 'none' } }, { reasoning: true }).body['reasoning_effort'], 'none')
  assert.equal(write({ reasoning: { effort: 'minimal' } }, { reasoning: true }).body['reasoning_effort'], 'none')
})

test('documents and audio have forms of their own', () => {
  const parts = [
    { is: 'file', name: 'a.pdf', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' } },
    { is: 'file', source: { is: 'url', url: 'https://a.org/b.pdf' } },
    { is: 'audio', source: { is: 'base64', mediaType: 'audio/mpeg', data: 'AAAA' } },
    { is: 'image', source: { is: 'url', url: 'https://a.org/b.png' } },
  ] as const
  assert.deepEqual(write({ turns: [{ role: 'user', parts }] }).messages[0]?.['content'], [
    { type: 'document_url', document_url: 'data:application/pdf;base64,JVBERi0=', document_name: 'a.pdf' },
    { type: 'document_url', document_url: 'https://a.org/b.pdf' },
    { type: 'input_audio', input_audio: 'AAAA' },
    { type: 'image_url', image_url: { url: 'https://a.org/b.png' } },
  ])
})

test("a provider that speaks OpenAI's dialect by Mistral's rules is asked by them", () => {
  const quirks: Quirks = { manner: 'mistral' }
  const target = { dialect: 'openai-chat', quirks } as const
  const { body, messages } = write({ turns: [...loop(bedrockIds), hi], sampling: { seed: 7 }, extras: { anything: 1 } }, target, openAiChat)
  assert.equal(new Set(idsIn(messages).called).size, 10)
  assert.match(idsIn(messages).called[0] ?? '', /^[a-zA-Z0-9]{9}$/)
  assert.deepEqual([body['random_seed'], body['anything'], messages.at(-2)?.['role']], [7, 1, 'assistant'])
})

function chunk(delta: Fields, more: Fields = {}): string {
  return `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...more }], p: 'abc' })}\n\n`
}

test('a stream in its form is read the same at every cut: calls without a type, empty names, a pad in every event', () => {
  const text =
    chunk({ role: 'assistant', content: '' }) +
    chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] }) +
    chunk({
      content: [
        { type: 'text', text: 'Grüße' },
        { type: 'reference', reference_ids: [1] },
      ],
    }) +
    chunk({ content: '', tool_calls: [{ id: 'vAKGXGFZD', function: { name: 'f', arguments: '' } }] }) +
    chunk(
      { content: '', tool_calls: [{ type: 'function', function: { name: '', arguments: '{"a":1}' }, index: 0 }] },
      { finish_reason: 'tool_calls' },
    ) +
    'data: [DONE]\n\n'
  const target: TranslationTarget = { provider: 'mistral', model: 'm', dialect: 'mistral-chat', keyId: 'k', quirks: {} }
  const open = (): StreamReader => {
    const reader = mistralChat.provider?.openReader({ dialect: 'mistral-chat' }, target)
    assert.ok(reader)
    return reader
  }
  const { events } = sameAtEveryCut(open, Buffer.from(text))
  assert.deepEqual(
    events.map(({ is }) => is),
    [
      'answer-start',
      'reasoning-start',
      'reasoning-delta',
      'reasoning-end',
      'text-start',
      'text-delta',
      'citation',
      'text-end',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-end',
      'finish',
    ],
  )
})
