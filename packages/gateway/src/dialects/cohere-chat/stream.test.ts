import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from '../canonical/collect.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { ToolNames } from '../canonical/tool-names.ts'
import { recorded, recordings, withoutRecordings } from '../harness.test.ts'
import type { Recording } from '../harness.test.ts'
import { readPieces, sameAtEveryCut } from '../reading.test.ts'
import type { ReadStream } from '../reading.test.ts'
import { readCohereAnswer } from './answer.ts'
import { CohereReader } from './stream.ts'
import { toolNameRule } from './tools.ts'

const origin: Origin = { dialect: 'cohere-chat', provider: 'cohere', model: 'm', keyId: 'k' }
const thought = { origin, data: '' }

type Event = { readonly type?: string } & Record<string, unknown>

/** The events as Cohere frames them; `DONE` ends the stream. */
function framed(...events: readonly (Event | 'DONE')[]): Buffer {
  const texts = events.map((event) => {
    if (event === 'DONE') return 'data: [DONE]\n\n'
    return `${event.type === undefined ? '' : `event: ${event.type}\n`}data: ${JSON.stringify(event)}\n\n`
  })
  return Buffer.from(texts.join(''))
}

function read(...events: readonly (Event | 'DONE')[]): ReadStream {
  return sameAtEveryCut(() => new CohereReader(origin), framed(...events))
}

const start: Event = { type: 'message-start', id: 'a1', delta: { message: { role: 'assistant' } } }

function content(index: number, piece: object): Event {
  return { type: 'content-delta', index, delta: { message: { content: piece } } }
}

function plan(text: string): Event {
  return { type: 'tool-plan-delta', delta: { message: { tool_plan: text } } }
}

function call(index: number, id: string, name: string): Event {
  return { type: 'tool-call-start', index, delta: { message: { tool_calls: { id, type: 'function', function: { name, arguments: '' } } } } }
}

function argue(index: number, text: string): Event {
  return { type: 'tool-call-delta', index, delta: { message: { tool_calls: { function: { arguments: text } } } } }
}

function cite(index: number, from: number, to: number, text: string): Event {
  const citation = {
    start: from,
    end: to,
    text,
    sources: [{ type: 'document', document: { id: 'd', title: 'T', url: 'https://example.org/' } }],
  }
  return { type: 'citation-start', index, delta: { message: { citations: citation } } }
}

function end(finish: string, more: object = {}): Event {
  const usage = {
    billed_units: { input_tokens: 5 },
    tokens: { input_tokens: 42, output_tokens: 9, reasoning_tokens: 2 },
    cached_tokens: 30,
  }
  return { type: 'message-end', delta: { finish_reason: finish, usage, ...more } }
}

test('a text is told in its pieces, with the counts that went through the model', () => {
  const { events, ended, dataEvents } = read(
    start,
    content(0, { text: 'Grü' }),
    content(0, { text: 'ße 👋🏽' }),
    { type: 'content-end', index: 0 },
    end('COMPLETE'),
    'DONE',
  )
  const usage = { inputTokens: 12, cacheReadTokens: 30, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 2, source: 'provider' }
  assert.deepEqual(events, [
    { is: 'answer-start', id: 'a1' },
    { is: 'text-start', index: 0 },
    { is: 'text-delta', index: 0, text: 'Grüße 👋🏽' },
    { is: 'text-end', index: 0 },
    { is: 'usage', usage },
    { is: 'finish', finish: 'stop', raw: 'COMPLETE' },
  ])
  assert.deepEqual({ ended, dataEvents }, { ended: 'done', dataEvents: 5 })
})

test('the end of the message is an end, whether or not [DONE] follows', () => {
  assert.equal(read(start, content(0, { text: 'a' }), end('COMPLETE')).events.at(-1)?.is, 'finish')
  const cut = readPieces(new CohereReader(origin), [framed(start, content(0, { text: 'a' }))])
  assert.deepEqual({ ended: cut.ended, told: cut.events.some(({ is }) => is === 'finish') }, { ended: 'no', told: false })
})

test('a plan is thinking, and a call without arguments has an empty object', () => {
  const { events } = read(
    start,
    plan('I will '),
    plan('look.'),
    call(0, 'now_1', 'now'),
    { type: 'tool-call-end', index: 0 },
    end('TOOL_CALL'),
    'DONE',
  )
  const { blocks, finish } = collect(events)
  assert.deepEqual(blocks, [
    { is: 'reasoning', text: 'I will look.', opaque: thought },
    { is: 'tool-call', id: 'now_1', name: 'now', argumentsText: '{}' },
  ])
  assert.equal(finish, 'tool-calls')
})

test('a call whose beginning is told twice is one call', () => {
  const begin = call(0, 'f_1', 'f')
  const { events } = read(start, begin, begin, argue(0, '{"a":1}'), { type: 'tool-call-end', index: 0 }, end('TOOL_CALL'))
  assert.deepEqual(collect(events).blocks, [{ is: 'tool-call', id: 'f_1', name: 'f', argumentsText: '{"a":1}' }])
})

test('`null` in place of arguments is none, and a text that begins like it is not', () => {
  const { events } = read(
    start,
    call(0, 'a', 'f'),
    argue(0, 'nu'),
    argue(0, 'll'),
    call(1, 'b', 'g'),
    argue(1, '{"n"'),
    argue(1, ':null}'),
    end('TOOL_CALL'),
    'DONE',
  )
  const [first, second] = collect(events).blocks
  assert.deepEqual(
    [first, second],
    [
      { is: 'tool-call', id: 'a', name: 'f', argumentsText: '{}' },
      { is: 'tool-call', id: 'b', name: 'g', argumentsText: '{"n":null}' },
    ],
  )
})

test('thinking ends where the text begins', () => {
  const { events } = read(start, content(0, { thinking: 'Hm.' }), content(1, { text: 'Hello!' }), end('COMPLETE'), 'DONE')
  assert.deepEqual(collect(events).blocks, [
    { is: 'reasoning', text: 'Hm.', opaque: thought },
    { is: 'text', text: 'Hello!' },
  ])
})

test('sources lie where the text has them, also behind characters outside the basic plane', () => {
  const { events } = read(
    start,
    content(0, { text: '👋🏽 Grüße.' }),
    cite(0, 3, 8, 'Grüße'),
    content(0, { text: ' More.' }),
    end('COMPLETE'),
    'DONE',
  )
  const [block] = collect(events).blocks
  assert.ok(block?.is === 'text')
  const { citations: [found] = [] } = block
  assert.equal(block.text.slice(found?.start, found?.end), 'Grüße')
  assert.deepEqual(
    { url: found?.url, title: found?.title, quote: found?.quote },
    { url: 'https://example.org/', title: 'T', quote: 'Grüße' },
  )
})

test('free text of a custom tool comes out of its wrapping, and names with a dash come back', () => {
  const request: CanonicalRequest = {
    from: 'openai-responses',
    model: 'm',
    stream: true,
    turns: [],
    tools: [
      { is: 'custom', name: 'patch' },
      { is: 'function', name: 'mcp-search' },
    ],
    sampling: {},
    extras: {},
  }
  const changed = new ToolNames(request, toolNameRule).out('mcp-search')
  const bytes = framed(
    start,
    call(0, 'a', 'patch'),
    argue(0, '{"input":"*** Be'),
    argue(0, 'gin"}'),
    call(1, 'b', changed),
    argue(1, '{}'),
    end('TOOL_CALL'),
    'DONE',
  )
  assert.notEqual(changed, 'mcp-search')
  const { events } = sameAtEveryCut(() => new CohereReader(origin, request), bytes)
  assert.deepEqual(collect(events).blocks, [
    { is: 'tool-call', id: 'a', name: 'patch', argumentsText: '*** Begin', custom: true },
    { is: 'tool-call', id: 'b', name: 'mcp-search', argumentsText: '{}' },
  ])
})

for (const [finish, expected] of [
  ['STOP_SEQUENCE', 'stop-sequence'],
  ['MAX_TOKENS', 'length'],
  ['ERROR_TOXIC', 'content-filter'],
  ['SOMETHING_NEW', 'other'],
] as const) {
  test(`${finish} is told as ${expected}`, () => {
    assert.deepEqual(read(start, content(0, { text: 'a' }), end(finish), 'DONE').events.at(-1), {
      is: 'finish',
      finish: expected,
      raw: finish,
    })
  })
}

for (const [what, event, reason] of [
  ['an error with words', end('ERROR', { error: 'the model is overloaded' }), 'overloaded'],
  ['an error without words', end('ERROR'), 'upstream-broken'],
  ['no time left', end('TIMEOUT'), 'timed-out'],
  ['a bare error', { id: 'x', message: 'something broke' }, 'upstream-broken'],
] as const) {
  test(`a message that ends with ${what} is ${reason}, and nothing follows it`, () => {
    const heard = read(start, content(0, { text: 'a' }), event, content(0, { text: 'b' }), 'DONE')
    assert.deepEqual({ reason: heard.reason, ended: heard.ended, last: heard.events.at(-1)?.is }, { reason, ended: 'no', last: 'failure' })
  })
}

test('events that are not known are passed over', () => {
  const { events } = read(
    start,
    { type: 'debug', prompt: 'x' },
    { type: 'content-delta', index: 0 },
    content(0, { hologram: 1 }),
    content(0, { text: 'a' }),
    end('COMPLETE'),
    'DONE',
  )
  assert.deepEqual(collect(events).blocks, [{ is: 'text', text: 'a' }])
})

/** Some recordings were stored without their framing. */
function streamOf({ file, framing }: Recording): Buffer {
  const bytes = recorded(file)
  if (framing === 'sse') return bytes
  const lines = bytes.toString().split('\n')
  return framed(...lines.filter((line) => line.trim() !== '').map((line): Event => JSON.parse(line)))
}

test('recorded streams are read the same at every cut', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('cohere-v2', 'stream')) {
    await t.test(recording.id, () => {
      const bytes = streamOf(recording)
      const { events, ended, usage, reason } = sameAtEveryCut(() => new CohereReader(origin), bytes)
      assert.deepEqual({ ended, reason }, { ended: 'done', reason: undefined })
      assert.ok((usage?.outputTokens ?? 0) > 0)
      for (const block of collect(events).blocks) {
        if (block.is === 'tool-call') assert.equal(typeof JSON.parse(block.argumentsText), 'object')
        if (block.is !== 'text') continue
        for (const { start: from, end: to, quote } of block.citations ?? []) assert.equal(block.text.slice(from, to), quote)
      }
    })
  }
})

test('recorded whole answers are read', { skip: withoutRecordings }, async (t) => {
  for (const { id, file } of recordings('cohere-v2', 'response')) {
    await t.test(id, () => {
      const body = recorded(file)
      const whole = readCohereAnswer(body, origin)
      assert.ok(whole.failure === undefined)
      const { message, usage, finish_reason: raw } = JSON.parse(body.toString())
      const plans = message.tool_plan === undefined ? 0 : 1
      assert.equal(whole.answer.blocks.length, plans + (message.content?.length ?? 0) + (message.tool_calls?.length ?? 0))
      assert.equal(whole.answer.rawFinish, raw)
      const { inputTokens = 0, cacheReadTokens = 0, outputTokens } = whole.answer.usage ?? {}
      assert.deepEqual([inputTokens + cacheReadTokens, outputTokens], [usage.tokens.input_tokens, usage.tokens.output_tokens])
    })
  }
})
