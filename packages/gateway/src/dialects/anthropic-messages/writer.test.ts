/** What a caller of this dialect gets: streams in the strict order of its readers, and whole messages that say the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { Block } from '../canonical/blocks.ts'
import { collect } from '../canonical/collect.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import { unseal } from '../canonical/opaque.ts'
import { replay } from '../canonical/replay.ts'
import { bareAsk } from '../dialect.ts'
import type { WriterAsk } from '../dialect.ts'
import { readPieces } from '../reading.test.ts'
import { isRecord, parseJson } from '../wire.ts'
import { anthropicMessages } from './index.ts'
import { MessagesReader } from './reader.ts'
import { readAnswer } from './read-answer.ts'
import { readRequest } from './read-request.ts'
import { writeAnswer } from './write-answer.ts'
import { MessagesWriter } from './writer.ts'

const sketch = anthropicMessages.sketch(Buffer.from('{"model":"alias","max_tokens":9,"messages":[{"role":"user","content":"x"}]}'), bareAsk)
const ask: WriterAsk = { callId: 'req_1', model: 'alias', createdAt: 1, sketch, request: readRequest(sketch) }
const usage = {
  inputTokens: 12,
  cacheReadTokens: 30,
  cacheWriteTokens: 5,
  outputTokens: 9,
  reasoningTokens: 4,
  source: 'provider',
} as const

interface Told {
  readonly type: string
  readonly index?: number
  readonly [field: string]: unknown
}

function write(events: readonly CanonicalEvent[]): string {
  const writer = new MessagesWriter(ask)
  return events.map((event) => writer.write(event)).join('')
}

/** The events of a stream; each must have an `event:` line that says what its data says. */
function told(text: string): Told[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((event) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? []
      const json = parseJson(data ?? '')
      assert.ok(isRecord(json) && typeof json['type'] === 'string')
      assert.equal(json['type'], name)
      return json as Told
    })
}

/** The order that the vendor keeps, and readers rely on. */
function keepsOrder(events: readonly Told[]): void {
  assert.equal(events[0]?.type, 'message_start')
  assert.deepEqual(
    events.slice(-2).map(({ type }) => type),
    ['message_delta', 'message_stop'],
  )
  let open = false
  let next = 0
  for (const { type, index } of events.slice(1, -2)) {
    assert.equal(type === 'content_block_start', !open)
    assert.equal(index, next)
    open = type !== 'content_block_stop'
    if (!open) next++
  }
  assert.ok(!open)
}

function delta(events: readonly Told[]): unknown {
  return events.findLast(({ type }) => type === 'message_delta')?.['delta']
}

test('an answer is told in the vendor’s order, under the name that the caller used', () => {
  const blocks: Block[] = [
    { is: 'reasoning', text: 'Hm.', opaque: { origin: { dialect: 'gemini-generate', provider: 'gemini' }, data: 'sig' } },
    { is: 'text', text: 'Grüße 👋🏽' },
    { is: 'tool-call', id: 'call_1', name: 'f', argumentsText: '{"a":1}' },
  ]
  const text = write(replay({ blocks, finish: 'tool-calls', usage }))
  const events = told(text)
  keepsOrder(events)
  const message = events[0]?.['message']
  assert.ok(isRecord(message))
  assert.match(String(message['id']), /^msg_[0-9A-Za-z]{24}$/)
  assert.equal(message['model'], 'alias')
  assert.deepEqual(delta(events), { stop_reason: 'tool_use', stop_sequence: null })
  const counted = {
    input_tokens: 12,
    cache_creation_input_tokens: 5,
    cache_read_input_tokens: 30,
    output_tokens: 9,
    output_tokens_details: { thinking_tokens: 4 },
  }
  assert.deepEqual(events.at(-2)?.['usage'], counted)
})

test('calls that a provider tells side by side come one after the other, with nothing of them lost', () => {
  const text = write([
    { is: 'answer-start' },
    { is: 'tool-call-start', index: 0, id: 'a', name: 'f' },
    { is: 'tool-call-start', index: 1, id: 'b', name: 'g' },
    { is: 'tool-call-delta', index: 1, argumentsText: '{"y":' },
    { is: 'tool-call-delta', index: 0, argumentsText: '{"x":1}' },
    { is: 'tool-call-delta', index: 1, argumentsText: '2}' },
    { is: 'tool-call-end', index: 0 },
    { is: 'tool-call-end', index: 1 },
    { is: 'finish', finish: 'tool-calls' },
  ])
  keepsOrder(told(text))
  const { events } = readPieces(new MessagesReader({ dialect: 'anthropic-messages' }), [Buffer.from(text)])
  assert.deepEqual(
    collect(events).blocks.map((block) => block.is === 'tool-call' && [block.id, block.argumentsText]),
    [
      ['a', '{"x":1}'],
      ['b', '{"y":2}'],
    ],
  )
})

test('an empty answer is a whole message all the same', () => {
  const events = told(write([{ is: 'finish', finish: 'stop' }]))
  keepsOrder(events)
  assert.equal(events.length, 3)
  const { content, usage: counts } = JSON.parse(writeAnswer({ blocks: [], finish: 'stop' }, ask).toString()) as Told
  assert.deepEqual([content, isRecord(counts) && counts['input_tokens']], [[], 0])
})

test('a call begins with an empty input, and one without arguments stays so', () => {
  const events = told(write(replay({ blocks: [{ is: 'tool-call', id: 'a', name: 'f', argumentsText: '' }], finish: 'tool-calls' })))
  assert.deepEqual(events[1]?.['content_block'], { type: 'tool_use', id: 'a', name: 'f', input: {} })
  assert.deepEqual(events[2]?.['delta'], { type: 'input_json_delta', partial_json: '' })
})

test('a call that was cut off keeps its text in a stream, and is an empty input in a whole message', () => {
  const answer: CanonicalAnswer = { blocks: [{ is: 'tool-call', id: 'a', name: 'f', argumentsText: '{"city":"Zü' }], finish: 'length' }
  assert.match(write(replay(answer)), /\{\\"city\\":\\"Zü/)
  const whole = JSON.parse(writeAnswer(answer, ask).toString()) as Told
  assert.deepEqual(whole['content'], [{ type: 'tool_use', id: 'a', name: 'f', input: {} }])
  assert.equal(whole['stop_reason'], 'max_tokens')
})

test('every block of thinking has a signature, which says where it belongs', () => {
  const opaque = { origin: { dialect: 'openai-responses', provider: 'openai', keyId: 'k' }, data: 'encrypted', id: 'rs_1' } as const
  const events = told(
    write(
      replay({
        blocks: [
          { is: 'reasoning', text: 'Hm.', opaque },
          { is: 'reasoning', text: 'So.' },
        ],
        finish: 'stop',
      }),
    ),
  )
  const signatures = events.flatMap(({ delta: each }) =>
    isRecord(each) && each['type'] === 'signature_delta' ? [String(each['signature'])] : [],
  )
  const [first, second] = signatures.map((signature) => unseal(signature, 'anthropic-messages'))
  assert.deepEqual(first, opaque)
  assert.equal(second?.data, '')
})

test('thinking that its vendor hid comes as redacted, and thinking without text as empty', () => {
  const origin = { dialect: 'bedrock-converse' } as const
  const blocks: Block[] = [
    { is: 'reasoning', text: '', opaque: { origin, data: 'hidden', redacted: true } },
    { is: 'reasoning', text: '', opaque: { origin, data: 'omitted' } },
  ]
  const events = told(write(replay({ blocks, finish: 'stop' })))
  keepsOrder(events)
  const started = events
    .filter(({ type }) => type === 'content_block_start')
    .map(({ content_block: block }) => isRecord(block) && block['type'])
  assert.deepEqual(started, ['redacted_thinking', 'thinking'])
})

const stopped = (stop_reason: string): object => ({ stop_reason, stop_sequence: null })

const deltaFor = (finish: CanonicalAnswer['finish'], more: Partial<CanonicalAnswer> = {}): unknown =>
  delta(told(write(replay({ blocks: [], finish, ...more }))))

test('every reason to stop has its word', () => {
  const call: Block = { is: 'tool-call', id: 'a', name: 'f', argumentsText: '{}' }
  assert.deepEqual(deltaFor('stop'), stopped('end_turn'))
  assert.deepEqual(deltaFor('stop', { blocks: [call] }), stopped('tool_use'))
  assert.deepEqual(deltaFor('length'), stopped('max_tokens'))
  assert.deepEqual(deltaFor('context-full'), stopped('model_context_window_exceeded'))
  assert.deepEqual(deltaFor('content-filter'), stopped('refusal'))
  assert.deepEqual(deltaFor('pause'), stopped('pause_turn'))
  assert.deepEqual(deltaFor('other', { rawFinish: 'compaction' }), stopped('compaction'))
  assert.deepEqual(deltaFor('stop-sequence', { stopSequence: 'END' }), { stop_reason: 'stop_sequence', stop_sequence: 'END' })
  assert.deepEqual(deltaFor('stop-sequence'), stopped('end_turn'))
  assert.deepEqual(deltaFor('stop', { blocks: [{ is: 'refusal', text: 'No.' }] }), stopped('refusal'))
})

const writtenId = (given: string): unknown => {
  const [block] = (
    JSON.parse(
      writeAnswer({ blocks: [{ is: 'tool-call', id: given, name: 'f', argumentsText: '{}' }], finish: 'tool-calls' }, ask).toString(),
    ) as { content: Told[] }
  ).content
  return block?.['id']
}

test('ids that a server of this dialect would refuse are replaced, always by the same', () => {
  assert.equal(writtenId('call_1'), 'call_1')
  assert.match(String(writtenId('functions.f:0')), /^toolu_[0-9A-Za-z]{24}$/)
  assert.equal(writtenId('functions.f:0'), writtenId('functions.f:0'))
})

test('free text of a tool travels in an object, cut wherever it was cut', () => {
  const pieces = ['*** "Begin"\n', '\ud83d', '\ude00 end\\']
  const text = write([
    { is: 'tool-call-start', index: 0, id: 'a', name: 'patch', custom: true },
    ...pieces.map((argumentsText) => ({ is: 'tool-call-delta', index: 0, argumentsText }) as const),
    { is: 'tool-call-end', index: 0 },
    { is: 'finish', finish: 'tool-calls' },
  ])
  const json = told(text).map(({ delta: each }) => (isRecord(each) && typeof each['partial_json'] === 'string' ? each['partial_json'] : ''))
  assert.deepEqual(parseJson(json.join('')), { input: pieces.join('') })
})

test('sources of other vendors are shown where they have an address, and do not come back as the vendor’s own', () => {
  const citation = { url: 'https://example.org/', title: 'E', quote: 'Q', origin: 'openai-chat', value: {} } as const
  const body = writeAnswer({ blocks: [{ is: 'text', text: 'Said.', citations: [citation] }], finish: 'stop' }, ask)
  const { content } = JSON.parse(body.toString()) as { content: Told[] }
  const [shown] = (content[0]?.['citations'] ?? []) as Told[]
  assert.deepEqual([shown?.type, shown?.['url'], shown?.['cited_text']], ['web_search_result_location', 'https://example.org/', 'Q'])
  const again = {
    model: 'm',
    max_tokens: 9,
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content },
    ],
  }
  const [, turn] = readRequest(anthropicMessages.sketch(Buffer.from(JSON.stringify(again)), bareAsk)).turns
  assert.deepEqual(turn, { role: 'assistant', blocks: [{ is: 'text', text: 'Said.' }] })
})

const text = fc.string({ unit: 'binary', minLength: 1 })
const origin = { dialect: 'anthropic-messages' } as const
const block: fc.Arbitrary<Block> = fc.oneof(
  text.map((said) => ({ is: 'text', text: said }) as const),
  text.map((said) => ({ is: 'reasoning', text: said, opaque: { origin, data: 'x' } }) as const),
  fc
    .dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true })
    .map((given) => ({ is: 'tool-call', id: 'call_1', name: 'f', argumentsText: JSON.stringify(given) }) as const),
  fc.constant({
    is: 'opaque',
    type: 'server_tool_use',
    origin: 'anthropic-messages',
    value: { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
  } as const),
)

test('whatever is written is read back: streamed and whole, the same blocks', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
      const answer: CanonicalAnswer = { blocks, finish: 'stop', usage }
      const stream = write(replay(answer))
      keepsOrder(told(stream))
      const streamed = collect(readPieces(new MessagesReader(origin), [Buffer.from(stream)]).events)
      const whole = readAnswer(writeAnswer(answer, ask), origin)
      assert.ok(whole.failure === undefined)
      assert.deepEqual(bare(streamed.blocks), bare(blocks))
      assert.deepEqual(bare(whole.answer.blocks), bare(blocks))
      assert.deepEqual([streamed.usage, whole.answer.usage], [usage, usage])
    }),
  )
})

/** Without the seals, and with arguments as they mean. */
function bare(blocks: readonly Block[]): unknown[] {
  return blocks.map((each) => {
    if (each.is === 'reasoning') return { is: each.is, text: each.text }
    return each.is === 'tool-call' ? { ...each, argumentsText: parseJson(each.argumentsText) } : each
  })
}
