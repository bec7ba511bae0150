import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from '../canonical/collect.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { ToolNames } from '../canonical/tool-names.ts'
import { recorded, recordings, withoutRecordings } from '../harness.test.ts'
import type { Recording } from '../harness.test.ts'
import { promisesAreKept, readPieces, sameAtEveryCut } from '../reading.test.ts'
import type { ReadStream } from '../reading.test.ts'
import { readBedrockAnswer } from './answer.ts'
import { blockStop, delta, ending, event, exception, frameBytes, messageStart, toolStart } from './frame-bytes.test.ts'
import { jsonToolName } from './json-tool.ts'
import { ConverseReader } from './stream.ts'
import { toolNameRule } from './tools.ts'

const origin: Origin = { dialect: 'bedrock-converse', provider: 'bedrock', model: 'm', keyId: 'k' }

function read(...frames: readonly Buffer[]): ReadStream {
  return sameAtEveryCut(() => new ConverseReader(origin), Buffer.concat(frames))
}

test('a text is told in its pieces, and the end comes with the counts that follow it', () => {
  const { events, ended, usage, dataEvents } = read(
    messageStart,
    delta(0, { text: 'Grü' }),
    delta(0, { text: '' }),
    delta(0, { text: 'ße 👋🏽' }),
    blockStop(0),
    ending('end_turn', {
      inputTokens: 12,
      cacheReadInputTokens: 30,
      cacheReadInputTokenCount: 30,
      cacheWriteInputTokens: 4,
      outputTokens: 9,
    }),
  )
  const counts = { inputTokens: 12, cacheReadTokens: 30, cacheWriteTokens: 4, outputTokens: 9, reasoningTokens: 0, source: 'provider' }
  assert.deepEqual(events, [
    { is: 'answer-start' },
    { is: 'text-start', index: 0 },
    { is: 'text-delta', index: 0, text: 'Grüße 👋🏽' },
    { is: 'text-end', index: 0 },
    { is: 'usage', usage: counts },
    { is: 'finish', finish: 'stop', raw: 'end_turn' },
  ])
  assert.deepEqual({ ended, usage, dataEvents }, { ended: 'done', usage: counts, dataEvents: 7 })
})

test('the reason to stop is not yet the end', () => {
  const reader = new ConverseReader(origin)
  const told = reader.take(Buffer.concat([messageStart, delta(0, { text: 'a' }), event('messageStop', { stopReason: 'end_turn' })]))
  assert.equal(reader.ended, 'finish')
  assert.ok(told.every(({ is }) => is !== 'finish'))
  assert.deepEqual(reader.end().at(-1), { is: 'finish', finish: 'stop', raw: 'end_turn' })
})

test('thinking has no start of its own, and keeps its signature', () => {
  const { events } = read(
    messageStart,
    delta(0, { reasoningContent: { text: 'Let me ' } }),
    delta(0, { reasoningContent: { text: 'see.' } }),
    delta(0, { reasoningContent: { signature: 'c2ln' } }),
    delta(1, { text: 'Hello!' }),
    blockStop(1),
    ending('end_turn'),
  )
  assert.deepEqual(collect(events).blocks, [
    { is: 'reasoning', text: 'Let me see.', opaque: { origin, data: 'c2ln' } },
    { is: 'text', text: 'Hello!' },
  ])
})

test('hidden thinking is the text that its bytes are, as the vendor’s own API gives it', () => {
  const hidden = { redactedContent: Buffer.from('EroBCkgI').toString('base64') }
  const { events } = read(messageStart, delta(0, { reasoningContent: hidden }), blockStop(0), delta(1, { text: 'Hi' }), ending('end_turn'))
  assert.deepEqual(collect(events).blocks[0], { is: 'reasoning', text: '', opaque: { origin, data: 'EroBCkgI', redacted: true } })
})

test('calls side by side keep their pieces apart, and one without arguments has an empty object', () => {
  const { events } = read(
    messageStart,
    delta(0, { text: 'Let me look.' }),
    blockStop(0),
    toolStart(1, 'tooluse_a', 'get_weather'),
    delta(1, { toolUse: { input: '' } }),
    delta(1, { toolUse: { input: '{"city":' } }),
    toolStart(3, 'tooluse_b', 'now'),
    delta(1, { toolUse: { input: '"Zürich"}' } }),
    blockStop(1),
    blockStop(3),
    ending('tool_use'),
  )
  const answer = collect(events)
  assert.deepEqual(answer.blocks, [
    { is: 'text', text: 'Let me look.' },
    { is: 'tool-call', id: 'tooluse_a', name: 'get_weather', argumentsText: '{"city":"Zürich"}' },
    { is: 'tool-call', id: 'tooluse_b', name: 'now', argumentsText: '{}' },
  ])
  assert.equal(answer.finish, 'tool-calls')
})

test('a call whose beginning is told twice is one call', () => {
  const begin = toolStart(0, 'tooluse_1', 'f')
  const { events } = read(messageStart, begin, begin, delta(0, { toolUse: { input: '{"a":1}' } }), blockStop(0), ending('tool_use'))
  assert.deepEqual(collect(events).blocks, [{ is: 'tool-call', id: 'tooluse_1', name: 'f', argumentsText: '{"a":1}' }])
})

test('a call that was cut off by the limit is told as far as it came', () => {
  const { events } = read(messageStart, toolStart(0, 'a', 'f'), delta(0, { toolUse: { input: '{"city":"Zü' } }), ending('max_tokens'))
  const { blocks, finish } = collect(events)
  assert.deepEqual(
    { blocks, finish },
    { blocks: [{ is: 'tool-call', id: 'a', name: 'f', argumentsText: '{"city":"Zü' }], finish: 'length' },
  )
})

test('sources that come before their text belong to it', () => {
  const citation = { title: 'Notes', sourceContent: [{ text: 'as written' }], location: { web: { url: 'https://example.org/' } } }
  const { events } = read(
    messageStart,
    delta(0, { citation }),
    delta(0, { text: 'As written.' }),
    delta(0, { citation }),
    ending('end_turn'),
  )
  const told = { url: 'https://example.org/', title: 'Notes', quote: 'as written', origin: 'bedrock-converse', value: citation }
  assert.deepEqual(collect(events).blocks, [{ is: 'text', text: 'As written.', citations: [told, told] }])
})

test('an answer through the tool that stands for JSON is text', () => {
  const { events } = read(
    messageStart,
    toolStart(0, 'a', jsonToolName),
    delta(0, { toolUse: { input: '{"a"' } }),
    delta(0, { toolUse: { input: ':1}' } }),
    blockStop(0),
    ending('tool_use'),
  )
  const { blocks, finish } = collect(events)
  assert.deepEqual({ blocks, finish }, { blocks: [{ is: 'text', text: '{"a":1}' }], finish: 'stop' })
})

test('what the vendor’s own tools do is nothing that the caller has to answer', () => {
  const search = { start: { toolUse: { toolUseId: 's', name: 'nova_grounding', type: 'server_tool_use' } } }
  const { events } = read(
    messageStart,
    event('contentBlockStart', { contentBlockIndex: 0, ...search }),
    delta(0, { toolUse: { input: '{"q":1}' } }),
    blockStop(0),
    event('contentBlockStart', { contentBlockIndex: 1, start: { toolResult: { toolUseId: 's' } } }),
    delta(1, { toolResult: [{ text: 'found' }] }),
    blockStop(1),
    delta(2, { text: 'Found.' }),
    blockStop(2),
    ending('end_turn'),
  )
  const { blocks, finish } = collect(events)
  assert.deepEqual({ blocks, finish }, { blocks: [{ is: 'text', text: 'Found.' }], finish: 'stop' })
})

test('free text of a custom tool comes out of its wrapping, and names that were changed are changed back', () => {
  const long = 'n'.repeat(70)
  const request: CanonicalRequest = {
    from: 'openai-responses',
    model: 'm',
    stream: true,
    turns: [],
    tools: [
      { is: 'custom', name: 'patch' },
      { is: 'function', name: long },
    ],
    sampling: {},
    extras: {},
  }
  const [, changed = ''] = /"name":"(n+_\w+)"/.exec(JSON.stringify({ name: nameOut(request, long) })) ?? []
  const bytes = Buffer.concat([
    messageStart,
    toolStart(0, 'a', 'patch'),
    delta(0, { toolUse: { input: '{"input":"*** Be' } }),
    delta(0, { toolUse: { input: 'gin"}' } }),
    blockStop(0),
    toolStart(1, 'b', changed),
    blockStop(1),
    ending('tool_use'),
  ])
  const { events } = sameAtEveryCut(() => new ConverseReader(origin, request), bytes)
  assert.deepEqual(collect(events).blocks, [
    { is: 'tool-call', id: 'a', name: 'patch', argumentsText: '*** Begin', custom: true },
    { is: 'tool-call', id: 'b', name: long, argumentsText: '{}' },
  ])
})

function nameOut(request: CanonicalRequest, name: string): string {
  const names = new ToolNames(request, toolNameRule)
  return names.out(name)
}

for (const [kind, reason] of [
  ['throttlingException', 'rate-limited'],
  ['validationException', 'bad-request'],
  ['internalServerException', 'upstream-broken'],
  ['modelStreamErrorException', 'upstream-broken'],
  ['serviceUnavailableException', 'overloaded'],
  ['modelTimeoutException', 'timed-out'],
  ['somethingNewException', 'upstream-broken'],
] as const) {
  test(`${kind} in the middle of a stream is ${reason}, and nothing follows it`, () => {
    const heard = read(messageStart, delta(0, { text: 'Hel' }), exception(kind, 'No more.'), delta(0, { text: 'lo' }), ending('end_turn'))
    assert.equal(heard.reason, reason)
    assert.equal(heard.message, 'No more.')
    assert.equal(heard.ended, 'no')
    assert.equal(heard.events.at(-1)?.is, 'failure')
  })
}

test('an error frame says what is wrong in its headers', () => {
  const frame = frameBytes({ ':message-type': 'error', ':error-code': 'throttlingException', ':error-message': 'Slow down.' }, '')
  const { reason, message } = read(messageStart, frame)
  assert.deepEqual({ reason, message }, { reason: 'rate-limited', message: 'Slow down.' })
})

test('output that the model’s own server could not read is an error and no reason to stop', () => {
  const { reason, ended } = read(messageStart, event('messageStop', { stopReason: 'malformed_tool_use' }))
  assert.deepEqual({ reason, ended }, { reason: 'upstream-broken', ended: 'no' })
})

for (const [stopReason, finish] of [
  ['guardrail_intervened', 'content-filter'],
  ['content_filtered', 'content-filter'],
  ['stop_sequence', 'stop-sequence'],
  ['model_context_window_exceeded', 'context-full'],
  ['max_tokens', 'length'],
  ['something_new', 'other'],
] as const) {
  test(`${stopReason} is told as ${finish}`, () => {
    const { events } = read(messageStart, delta(0, { text: 'a' }), blockStop(0), ending(stopReason))
    assert.deepEqual(events.at(-1), { is: 'finish', finish, raw: stopReason })
  })
}

test('which stop text was met is told where the model says it', () => {
  const stop = event('messageStop', { stopReason: 'stop_sequence', additionalModelResponseFields: { stop_sequence: 'END' } })
  const { events } = read(messageStart, delta(0, { text: 'a' }), stop)
  assert.deepEqual(events.at(-1), { is: 'finish', finish: 'stop-sequence', raw: 'stop_sequence', stopSequence: 'END' })
})

test('unknown events, blocks and deltas are passed over', () => {
  const { events } = read(
    event('somethingNew', { a: 1 }),
    messageStart,
    event('contentBlockStart', { contentBlockIndex: 0, start: { hologram: {} } }),
    delta(0, { hologram: {} }),
    event('contentBlockDelta', { contentBlockIndex: 5 }),
    delta(1, { text: 'a' }),
    ending('end_turn'),
  )
  assert.deepEqual(collect(events).blocks, [{ is: 'text', text: 'a' }])
})

test('an event that is no JSON ends the stream', () => {
  const frame = frameBytes({ ':message-type': 'event', ':event-type': 'contentBlockDelta' }, '{"a')
  assert.equal(read(messageStart, frame).reason, 'bad-answer')
})

test('recorded streams are read the same at every cut', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('bedrock-converse', 'stream')) {
    await t.test(recording.id, () => {
      const bytes = streamOf(recording)
      const { events, ended, usage, reason } = sameAtEveryCut(() => new ConverseReader(origin), bytes)
      assert.deepEqual({ ended, reason }, { ended: 'done', reason: undefined })
      assert.ok((usage?.outputTokens ?? 0) > 0)
      // Padding is not content.
      assert.ok(!JSON.stringify(events).includes('abcdefgh'))
    })
  }
})

/** Some recordings were stored as the list of their events, without the frames. */
function streamOf({ file, framing }: Recording): Buffer {
  const bytes = recorded(file)
  if (framing === 'aws-eventstream') return bytes
  const events = JSON.parse(bytes.toString()) as Record<string, object>[]
  return Buffer.concat(events.flatMap((each) => Object.entries(each).map(([type, value]) => event(type, value))))
}

test('a recorded stream that breaks off anywhere is never told as complete', { skip: withoutRecordings }, () => {
  for (const recording of recordings('bedrock-converse', 'stream')) {
    const bytes = streamOf(recording)
    for (let length = 0; length < bytes.length; length += 11) {
      const heard = readPieces(new ConverseReader(origin), [bytes.subarray(0, length)])
      const isWhole = heard.events.some(({ is }) => is === 'finish')
      const saidWhy = bytes.subarray(0, length).includes('"stopReason"')
      assert.ok(!isWhole || saidWhy)
      promisesAreKept(heard.events)
    }
  }
})

test('recorded whole answers are read', { skip: withoutRecordings }, async (t) => {
  for (const { id, file } of recordings('bedrock-converse', 'response')) {
    await t.test(id, () => {
      const body = recorded(file)
      const whole = readBedrockAnswer(body, origin)
      assert.ok(whole.failure === undefined)
      const json = JSON.parse(body.toString())
      assert.equal(whole.answer.blocks.length, json.output.message.content.length)
      assert.equal(whole.answer.usage?.outputTokens, json.usage.outputTokens)
      assert.equal(whole.answer.rawFinish, json.stopReason)
    })
  }
})
