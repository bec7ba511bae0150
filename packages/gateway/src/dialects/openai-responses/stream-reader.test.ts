import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from '../canonical/collect.ts'
import { sameAtEveryCut } from '../reading.test.ts'
import type { ReadStream } from '../reading.test.ts'
import { completed, created, origin, streamOf } from './samples.test.ts'
import { ResponsesReader } from './stream-reader.ts'

type Event = Record<string, unknown> & { type: string }

function read(events: readonly Event[]): ReadStream {
  return sameAtEveryCut(() => new ResponsesReader(origin), streamOf(events), 7)
}

const delta = (type: string, at: number, text: string, more: object = {}): Event => ({
  type: `response.${type}.delta`,
  output_index: at,
  item_id: `id_${Math.random()}`,
  delta: text,
  ...more,
})
const added = (at: number, item: object): Event => ({ type: 'response.output_item.added', output_index: at, item })
const done = (at: number, item: object): Event => ({ type: 'response.output_item.done', output_index: at, item })

test('items are told apart by their place, whatever their ids do (dialects ID5, r7)', () => {
  const { events, ended, usage } = read([
    created,
    added(0, { type: 'reasoning', id: 'a', summary: [] }),
    delta('reasoning_summary_text', 0, 'Hm', { summary_index: 0 }),
    delta('reasoning_summary_text', 0, 'so', { summary_index: 1 }),
    done(0, { type: 'reasoning', id: 'b', summary: [{ text: 'Hm' }, { text: 'so' }], encrypted_content: 'enc' }),
    added(1, { type: 'message', id: 'c' }),
    delta('output_text', 1, 'Hello'),
    { type: 'response.output_text.done', output_index: 1, content_index: 0, text: 'Hello!' },
    done(1, { type: 'message', id: 'd', content: [{ type: 'output_text', text: 'Hello!' }] }),
    added(2, { type: 'function_call', call_id: 'x', name: 'f', arguments: '' }),
    added(3, { type: 'function_call', call_id: 'y', name: 'g', arguments: '' }),
    delta('function_call_arguments', 3, '{"b"'),
    delta('function_call_arguments', 2, '{"a"'),
    delta('function_call_arguments', 3, ':2}'),
    delta('function_call_arguments', 2, ':1}'),
    done(2, { type: 'function_call', call_id: 'x', name: 'f', arguments: '{"a":1}' }),
    done(3, { type: 'function_call', call_id: 'y', name: 'g', arguments: '{"b":2}' }),
    completed(),
  ])
  assert.equal(ended, 'done')
  assert.deepEqual(usage, {
    inputTokens: 12,
    cacheReadTokens: 30,
    cacheWriteTokens: 0,
    outputTokens: 9,
    reasoningTokens: 0,
    source: 'provider',
  })
  assert.deepEqual(collect(events), {
    id: 'resp_1',
    model: 'gpt-x',
    createdAt: 7,
    blocks: [
      { is: 'reasoning', text: 'Hm\n\nso', opaque: { origin, data: 'enc', id: 'b' } },
      { is: 'text', text: 'Hello!' },
      { is: 'tool-call', id: 'x', name: 'f', argumentsText: '{"a":1}' },
      { is: 'tool-call', id: 'y', name: 'g', argumentsText: '{"b":2}' },
    ],
    finish: 'tool-calls',
    usage,
  })
})

test('an answer that comes only in its last event is told all the same', () => {
  const output = [
    { type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'enc' },
    {
      type: 'message',
      content: [{ type: 'output_text', text: 'Hi', annotations: [{ type: 'url_citation', url: 'u', start_index: 0, end_index: 2 }] }],
    },
    { type: 'custom_tool_call', call_id: 'c', name: 'p', input: 'x' },
  ]
  const citation = {
    url: 'u',
    start: 0,
    end: 2,
    origin: 'openai-responses',
    value: { type: 'url_citation', url: 'u', start_index: 0, end_index: 2 },
  }
  assert.deepEqual(collect(read([completed(output)]).events).blocks, [
    { is: 'reasoning', text: '', opaque: { origin, data: 'enc', id: 'rs', redacted: true } },
    { is: 'text', text: 'Hi', citations: [citation] },
    { is: 'tool-call', id: 'c', name: 'p', argumentsText: 'x', custom: true },
  ])
})

test('refusals, raw thinking, the input of custom tools, sources and probabilities', () => {
  const { events } = read([
    created,
    delta('reasoning_text', 0, 'thinking', { content_index: 0 }),
    done(0, { type: 'reasoning', id: 'r', summary: [], content: [{ type: 'reasoning_text', text: 'thinking' }] }),
    delta('output_text', 1, 'ab', { content_index: 0, logprobs: [{ token: 'ab' }] }),
    {
      type: 'response.output_text.annotation.added',
      output_index: 1,
      content_index: 0,
      annotation: { type: 'url_citation', url: 'u', title: 't' },
    },
    delta('refusal', 1, 'no', { content_index: 1 }),
    { type: 'response.refusal.done', output_index: 1, content_index: 1, refusal: 'no' },
    done(1, { type: 'message', content: [] }),
    added(2, { type: 'custom_tool_call', call_id: 'c', name: 'p', input: '' }),
    delta('custom_tool_call_input', 2, '*** Be'),
    { type: 'response.custom_tool_call_input.done', output_index: 2, input: '*** Begin' },
    done(2, { type: 'custom_tool_call', call_id: 'c', name: 'p', input: '*** Begin' }),
    completed(),
  ])
  const { blocks, logprobs } = collect(events)
  assert.deepEqual(
    blocks.map((block) => ('text' in block ? block.text : 'argumentsText' in block ? block.argumentsText : '')),
    ['thinking', 'ab', 'no', '*** Begin'],
  )
  assert.deepEqual(logprobs, [{ token: 'ab' }])
  assert.ok(blocks[1]?.is === 'text' && blocks[1].citations?.[0]?.title === 't')
})

test('what the vendor’s own tools did comes in one piece, and other events are overlooked (dialects r10)', () => {
  const item = { type: 'web_search_call', id: 'ws', status: 'completed' }
  const { events } = read([
    created,
    added(0, item),
    { type: 'response.web_search_call.searching', output_index: 0 },
    { type: 'response.something.new', output_index: 0 },
    { type: 'codex.rate_limits', x: 1 },
    done(0, item),
    completed([item]),
  ])
  assert.deepEqual(collect(events).blocks, [{ is: 'opaque', type: 'web_search_call', origin: 'openai-responses', value: item }])
})

test('an answer that was cut off says by what (dialects r8)', () => {
  for (const [reason, finish] of [
    ['max_output_tokens', 'length'],
    ['content_filter', 'content-filter'],
    ['steered', 'other'],
  ]) {
    const { response } = completed() as unknown as { response: object }
    const event = { type: 'response.incomplete', response: { ...response, status: 'incomplete', incomplete_details: { reason } } }
    const { events } = read([created, delta('output_text', 0, 'a'), event])
    assert.deepEqual(events.at(-1), { is: 'finish', finish, raw: reason })
  }
})

test('an error and the failed answer behind it are one failure, in either shape of the error (dialects r9)', () => {
  const shapes: readonly Event[] = [
    { type: 'error', error: { type: 'tokens', code: 'rate_limit_exceeded', message: 'Slow down.', param: null } },
    { type: 'error', code: 'rate_limit_exceeded', message: 'Slow down.', param: null },
    { type: 'response.failed', response: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Slow down.' } } },
  ]
  for (const shape of shapes) {
    const failed = { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error', message: 'Other.' } } }
    const { events, reason, message, ended } = read([created, delta('output_text', 0, 'a'), shape, failed])
    assert.deepEqual([reason, message, ended], ['rate-limited', 'Slow down.', 'no'])
    assert.equal(events.filter(({ is }) => is === 'failure').length, 1)
  }
})

function reasonOf(code: string, message: string): string | undefined {
  return read([created, { type: 'error', error: { code, message } }]).reason
}

test('codes of errors mean what they meant as statuses', () => {
  assert.equal(reasonOf('server_error', 'Oops.'), 'upstream-broken')
  assert.equal(reasonOf('server_is_overloaded', 'Busy.'), 'overloaded')
  assert.equal(reasonOf('context_length_exceeded', 'Your input exceeds the context window of this model.'), 'context-too-long')
  assert.equal(reasonOf('insufficient_quota', 'You exceeded your current quota.'), 'billing')
  assert.equal(reasonOf('invalid_prompt', 'Refused.'), 'bad-request')
  assert.equal(reasonOf('invalid_image_url', 'Cannot fetch.'), 'bad-request')
})

test('a stream without its last event is not finished', () => {
  const { ended, events } = read([created, delta('output_text', 0, 'a')])
  assert.equal(ended, 'no')
  assert.ok(!events.some(({ is }) => is === 'finish'))
})

test('names of events may be missing where the data has them, and stand behind it (dialects S8, S9)', () => {
  const plain = streamOf([created, delta('output_text', 0, 'a'), completed()]).toString()
  const nameless = plain.replaceAll(/^event: .*\n/gm, '') + 'data: [DONE]\n\n'
  const behind = plain.replaceAll(/^(event: .*)\n(data: .*)$/gm, '$2\n$1')
  for (const text of [nameless, behind]) {
    const { events, ended } = sameAtEveryCut(() => new ResponsesReader(origin), Buffer.from(text), 7)
    assert.deepEqual(collect(events).blocks, [{ is: 'text', text: 'a' }])
    assert.equal(ended, 'done')
  }
})
