/** What callers of chat are answered, whole and in chunks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { Block } from '../canonical/blocks.ts'
import { collect } from '../canonical/collect.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import { seal } from '../canonical/opaque.ts'
import { replay } from '../canonical/replay.ts'
import { bareAsk } from '../dialect.ts'
import { ChatStreamReader } from '../openai/chat-reader.ts'
import { isRecord } from '../wire.ts'
import { askOf, choicesOf, chunksOf, deltasOf, messageOf, opaque, said, streamed } from './answering.test.ts'
import type { Fields } from './answering.test.ts'
import { openAiChat } from './index.ts'
import { readChatRequest } from './read-request.ts'
import { writeChatAnswer } from './write-answer.ts'

test('a whole answer has every field that the SDKs want, under the name that the caller asked for', () => {
  assert.deepEqual(messageOf(said).body, {
    id: 'x',
    object: 'chat.completion',
    created: 5,
    model: 'asked',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi', refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: 42,
      completion_tokens: 9,
      total_tokens: 51,
      prompt_tokens_details: { cached_tokens: 30 },
      completion_tokens_details: { reasoning_tokens: 4 },
    },
  })
})

test('an answer without an id gets one from the call', () => {
  const { id: _, createdAt: __, ...bare } = said
  assert.deepEqual([messageOf(bare).body['id'], messageOf(bare).body['created']], ['chatcmpl-call-1', 7])
  assert.equal(chunksOf(streamed(replay(bare)))[0]?.['id'], 'chatcmpl-call-1')
})

test('an answer that says nothing has the content null', () => {
  assert.equal(messageOf({ blocks: [], finish: 'content-filter' }).message['content'], null)
})

test('a stream begins with the role and ends with the reason, the usage and [DONE] (T5)', () => {
  const text = streamed(replay(said))
  assert.deepEqual(
    choicesOf(text).map(({ delta, finish_reason: finish }) => [delta, finish]),
    [
      [{ role: 'assistant', content: '' }, null],
      [{ content: 'Hi' }, null],
      [{}, 'stop'],
    ],
  )
  assert.deepEqual(chunksOf(text).at(-1)?.['choices'], [])
  assert.ok(isRecord(chunksOf(text).at(-1)?.['usage']))
  assert.ok(text.endsWith('data: [DONE]\n\n'))
})

test('usage comes only where it was asked for (U4)', () => {
  assert.ok(!streamed(replay(said), askOf({ stream_options: null })).includes('usage'))
})

test('the role comes first even where the answer was never said to begin', () => {
  assert.deepEqual(
    deltasOf([
      { is: 'text-start', index: 0 },
      { is: 'text-delta', index: 0, text: 'a' },
    ])[0],
    { role: 'assistant', content: '' },
  )
})

test('calls are numbered among themselves, with id and name in the first delta (D1)', () => {
  const events: CanonicalEvent[] = [
    { is: 'reasoning-start', index: 0 },
    { is: 'reasoning-delta', index: 0, text: 'Hm.' },
    { is: 'reasoning-end', index: 0 },
    { is: 'tool-call-start', index: 1, id: 'a', name: 'f' },
    { is: 'tool-call-start', index: 2, id: 'b', name: 'g' },
    { is: 'tool-call-delta', index: 2, argumentsText: '{}' },
    { is: 'tool-call-end', index: 2 },
    { is: 'tool-call-end', index: 1 },
  ]
  const calls = deltasOf(events).flatMap(({ tool_calls: told }) => (Array.isArray(told) ? (told as Fields[]) : []))
  assert.deepEqual(calls, [
    { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
    { index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } },
    { index: 1, function: { arguments: '{}' } },
    // A call without arguments has empty ones (D5).
    { index: 0, function: { arguments: '{}' } },
  ])
})

test('text and calls stand in one message (D9)', () => {
  const { message } = messageOf({
    ...said,
    blocks: [...said.blocks, { is: 'tool-call', id: 'a', name: 'f', argumentsText: '' }],
    finish: 'tool-calls',
  })
  assert.equal(message['content'], 'Hi')
  assert.deepEqual(message['tool_calls'], [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }])
})

test('a caller of the old kind gets the one function_call (D11)', () => {
  const ask = askOf({ functions: [{ name: 'f' }] })
  const answer: CanonicalAnswer = { blocks: [{ is: 'tool-call', id: 'a', name: 'f', argumentsText: '{"x":1}' }], finish: 'tool-calls' }
  const { message, choice } = messageOf(answer, ask)
  assert.deepEqual(
    [message['function_call'], message['tool_calls'], choice['finish_reason']],
    [{ name: 'f', arguments: '{"x":1}' }, undefined, 'function_call'],
  )
  const text = streamed(replay(answer), ask)
  assert.deepEqual(
    choicesOf(text).map(({ delta, finish_reason: finish }) => [(delta as Fields)['function_call'], finish]),
    [
      [undefined, null],
      [{ name: 'f', arguments: '' }, null],
      [{ arguments: '{"x":1}' }, null],
      [undefined, 'function_call'],
    ],
  )
})

test('every reason to stop has its word (section 5)', () => {
  const words = {
    stop: 'stop',
    'stop-sequence': 'stop',
    length: 'length',
    'context-full': 'length',
    'tool-calls': 'tool_calls',
    'content-filter': 'content_filter',
    pause: 'stop',
    other: 'stop',
  } as const
  for (const finish of Object.keys(words) as (keyof typeof words)[]) {
    assert.equal(messageOf({ ...said, finish }).choice['finish_reason'], words[finish])
    assert.equal(choicesOf(streamed(replay({ ...said, finish }))).at(-1)?.['finish_reason'], words[finish])
  }
})

test('a refusal is a field of its own (FR4)', () => {
  const answer: CanonicalAnswer = { blocks: [{ is: 'refusal', text: 'No.' }], finish: 'stop' }
  assert.deepEqual([messageOf(answer).message['refusal'], messageOf(answer).message['content']], ['No.', null])
  assert.ok(deltasOf(replay(answer)).some(({ refusal }) => refusal === 'No.'))
})

test('sources are annotations, placed in the whole text, and those without an address are left out (I4)', () => {
  const cited = { url: 'https://a.org/', title: 'A', start: 0, end: 2, origin: 'anthropic-messages', value: {} } as const
  const blocks: Block[] = [
    { is: 'text', text: 'One ' },
    { is: 'text', text: 'two', citations: [cited, { quote: 'q', origin: 'anthropic-messages', value: {} }] },
  ]
  const expected = [{ type: 'url_citation', url_citation: { start_index: 4, end_index: 6, url: 'https://a.org/', title: 'A' } }]
  assert.deepEqual(messageOf({ ...said, blocks }).message['annotations'], expected)
  assert.deepEqual(
    deltasOf(replay({ ...said, blocks })).flatMap(({ annotations }) => annotations ?? []),
    expected,
  )
})

test('thinking is told as text, and what must come back is sealed beside it (SG4, SG5)', () => {
  const blocks: Block[] = [
    { is: 'reasoning', text: 'One. ' },
    { is: 'reasoning', text: 'Two.', opaque },
    { is: 'reasoning', text: '', opaque: { ...opaque, data: 'red', redacted: true } },
    { is: 'text', text: 'Hi' },
  ]
  const details = [
    { type: 'reasoning.text', text: 'One. ', index: 0 },
    { type: 'reasoning.text', text: 'Two.', signature: seal(opaque), index: 1 },
    { type: 'reasoning.encrypted', data: seal({ ...opaque, data: 'red', redacted: true }), index: 2 },
  ]
  const { message } = messageOf({ ...said, blocks })
  assert.deepEqual([message['reasoning_content'], message['reasoning_details']], ['One. Two.', details])
  const deltas = deltasOf(replay({ ...said, blocks }))
  assert.equal(deltas.map(({ reasoning_content: text }) => (typeof text === 'string' ? text : '')).join(''), 'One. Two.')
  assert.deepEqual(
    deltas.flatMap(({ reasoning_details: told }) => told ?? []),
    details,
  )
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'a' }, message] }))
  const [, turn] = readChatRequest(openAiChat.sketch(body, bareAsk)).turns
  assert.deepEqual(turn?.role === 'assistant' && turn.blocks, blocks)
})

test('a caller that wants to see no thinking sees none', () => {
  const ask = askOf({ reasoning: { exclude: true } })
  const answer: CanonicalAnswer = {
    ...said,
    blocks: [
      { is: 'reasoning', text: 'Hm.', opaque },
      { is: 'text', text: 'Hi' },
    ],
  }
  assert.doesNotMatch(streamed(replay(answer), ask), /Hm\.|reasoning_details/)
  assert.ok(!writeChatAnswer(answer, ask).toString().includes('Hm.'))
})

test('signatures of calls and texts travel sealed in the field that Google has for them (SG2)', () => {
  const blocks: Block[] = [
    { is: 'text', text: 'Hi', opaque },
    { is: 'tool-call', id: 'a', name: 'f', argumentsText: '{}', opaque },
  ]
  const extra = { google: { thought_signature: seal(opaque) } }
  const { message } = messageOf({ ...said, blocks })
  assert.deepEqual([message['extra_content'], (message['tool_calls'] as Fields[])[0]?.['extra_content']], [extra, extra])
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [message] }))
  const [turn] = readChatRequest(openAiChat.sketch(body, bareAsk)).turns
  assert.deepEqual(turn?.role === 'assistant' && turn.blocks, blocks)
  assert.ok(deltasOf(replay({ ...said, blocks })).filter((delta) => JSON.stringify(delta).includes(seal(opaque))).length === 2)
})

test('custom calls, pictures and log probabilities have their places, and what only another vendor knows has none', () => {
  const logprobs = [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }]
  const blocks: Block[] = [
    { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'AAAA' } },
    { is: 'opaque', type: 'web_search_call', origin: 'openai-responses', value: {} },
    { is: 'tool-call', id: 'a', name: 'f', argumentsText: 'x', custom: true },
  ]
  const { message, choice } = messageOf({ ...said, blocks, logprobs })
  assert.deepEqual(choice['logprobs'], { content: logprobs, refusal: null })
  assert.deepEqual(message['images'], [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }])
  assert.deepEqual(message['tool_calls'], [{ id: 'a', type: 'custom', custom: { name: 'f', input: 'x' } }])
  const read = new ChatStreamReader({ origin: { dialect: 'openai-chat' } })
  const again = collect(read.take(Buffer.from(streamed(replay({ ...said, blocks, logprobs })))))
  assert.deepEqual([again.blocks, again.logprobs], [[blocks[0], blocks[2]], logprobs])
})

test('each event is one line of data, whatever stands in the text (U+2028)', () => {
  const text = streamed(replay({ ...said, blocks: [{ is: 'text', text: 'a\u2028b\u0085c\nd' }] }))
  for (const event of text.trimEnd().split('\n\n')) assert.match(event, /^data: [^\n\u2028\u0085]+$/)
})
