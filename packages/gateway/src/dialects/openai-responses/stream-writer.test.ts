import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { orderedBlocks, anyUsage } from '../canonical/arbitraries.test.ts'
import { collect } from '../canonical/collect.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import { replay } from '../canonical/replay.ts'
import { unseal } from '../canonical/opaque.ts'
import { isRecord } from '../wire.ts'
import { readResponsesAnswer } from './read-answer.ts'
import { askOf, eventsIn, origin, outputIn, responseIn } from './samples.test.ts'
import { ResponsesReader } from './stream-reader.ts'
import { ResponsesStreamWriter } from './stream-writer.ts'
import { writeResponsesAnswer } from './write-answer.ts'

function written(events: Iterable<CanonicalEvent>, body: object = {}): string {
  const writer = new ResponsesStreamWriter(askOf(body))
  let text = ''
  for (const event of events) text += writer.write(event)
  return text
}

function readBack(text: string): CanonicalAnswer {
  const reader = new ResponsesReader(origin)
  const bytes = Buffer.from(text)
  const answer = collect([...reader.take(bytes), ...reader.end()])
  assert.equal(reader.ended, 'done')
  return answer
}

const answers = fc.record({ blocks: orderedBlocks, usage: anyUsage, finish: fc.constantFrom('stop', 'length', 'content-filter') })

function finishOf({ blocks, finish }: { blocks: CanonicalAnswer['blocks']; finish: CanonicalAnswer['finish'] }): string {
  return finish === 'stop' && blocks.some(({ is }) => is === 'tool-call') ? 'tool-calls' : finish
}

test('what is written is read back the same, streamed and whole, and the two agree (dialects U1)', () => {
  fc.assert(
    fc.property(answers, ({ finish, ...given }) => {
      const answer = { ...given, finish } as const
      const text = written(replay(answer))
      const streamed = readBack(text)
      const whole = writeResponsesAnswer(answer, askOf())
      const read = readResponsesAnswer(whole, origin)
      assert.ok(read.failure === undefined)
      for (const { blocks, usage, finish: told } of [streamed, read.answer]) {
        assert.deepEqual(blocks, answer.blocks)
        assert.deepEqual(usage, answer.usage)
        assert.equal(told, finishOf(answer))
      }
      const { output_text: _, ...response } = JSON.parse(whole.toString()) as Record<string, unknown>
      assert.deepEqual(responseIn(eventsIn(text).at(-1)), response)
    }),
  )
})

/** All that an event-by-event reader can hold against a stream (dialects rs5). */
function check(text: string): void {
  const events = eventsIn(text)
  assert.deepEqual(
    events.map((event) => event['sequence_number']),
    events.map((_, at) => at),
  )
  for (const name of text.matchAll(/^event: (.*)\ndata: \{"type":"(.*?)"/gm)) assert.equal(name[1], name[2])
  const items = new Map<unknown, { id: unknown; text: string; closed: boolean }>()
  for (const event of events) follow(event, items)
  const output = outputIn(text)
  assert.deepEqual(
    output.map(({ id }) => id),
    [...items.values()].map(({ id }) => id),
  )
}

function follow(event: Record<string, unknown>, items: Map<unknown, { id: unknown; text: string; closed: boolean }>): void {
  const at = event['output_index']
  if (at === undefined) return
  const item = isRecord(event['item']) ? event['item'] : undefined
  const known = items.get(at)
  if (event['type'] === 'response.output_item.added') {
    assert.equal(at, items.size, 'places are dense')
    items.set(at, { id: item?.['id'], text: '', closed: false })
    return
  }
  assert.ok(known !== undefined && !known.closed)
  if (event['type'] === 'response.output_item.done') {
    known.closed = true
    assert.deepEqual([item?.['id'], textOf(item ?? {})], [known.id, known.text], 'deltas add up to the item')
    return
  }
  assert.equal(event['item_id'], known.id, 'ids stay')
  if (typeof event['delta'] === 'string') known.text += event['delta']
}

function textOf(item: Record<string, unknown>): string {
  const parts = [item['content'], item['summary']].flatMap((list) => (Array.isArray(list) ? list.filter(isRecord) : []))
  const texts = parts.flatMap(({ text, refusal }) => [text, refusal])
  return [...texts, item['arguments'], item['input']].filter((text) => typeof text === 'string').join('')
}

test('every stream is a well-formed one', () => {
  fc.assert(fc.property(answers, (answer) => check(written(replay(answer)))))
})

test('calls that come side by side keep their places and their ids', () => {
  const text = written([
    { is: 'answer-start' },
    { is: 'text-start', index: 0 },
    { is: 'text-delta', index: 0, text: 'Let me look.' },
    { is: 'text-end', index: 0 },
    { is: 'tool-call-start', index: 1, id: 'a', name: 'f' },
    { is: 'tool-call-start', index: 2, id: 'b', name: 'g' },
    { is: 'tool-call-delta', index: 2, argumentsText: '{"x":' },
    { is: 'tool-call-delta', index: 1, argumentsText: '{"y":2}' },
    { is: 'tool-call-delta', index: 2, argumentsText: '1}' },
    { is: 'tool-call-end', index: 2 },
    { is: 'tool-call-end', index: 1 },
    { is: 'finish', finish: 'tool-calls' },
  ])
  check(text)
  assert.deepEqual(readBack(text).blocks.slice(1), [
    { is: 'tool-call', id: 'a', name: 'f', argumentsText: '{"y":2}' },
    { is: 'tool-call', id: 'b', name: 'g', argumentsText: '{"x":1}' },
  ])
})

test('a call without arguments has an empty object (dialects D5)', () => {
  const text = written(replay({ blocks: [{ is: 'tool-call', id: 'a', name: 'f', argumentsText: '' }], finish: 'tool-calls' }))
  check(text)
  assert.ok(readBack(text).blocks.some((block) => block.is === 'tool-call' && block.argumentsText === '{}'))
})

test('a custom tool gets its input free of its wrapping, and a tool of a namespace its two names (dialects D13)', () => {
  const tools = [
    { type: 'custom', name: 'apply_patch' },
    { type: 'namespace', name: 'mcp__files', tools: [{ type: 'function', name: 'read' }] },
  ]
  const blocks = [
    { is: 'tool-call', id: 'a', name: 'apply_patch', argumentsText: '{"input":"*** Begin\\n+ü"}' },
    { is: 'tool-call', id: 'b', name: 'mcp__files__read', argumentsText: '{"path":"x"}' },
  ] as const
  const text = written(replay({ blocks, finish: 'tool-calls' }), { tools })
  check(text)
  assert.match(text, /response\.custom_tool_call_input\.done/)
  const output = outputIn(text)
  const [first, second] = output.map(({ id }) => id)
  assert.deepEqual(output, [
    { id: first, type: 'custom_tool_call', status: 'completed', call_id: 'a', name: 'apply_patch', input: '*** Begin\n+ü' },
    {
      id: second,
      type: 'function_call',
      status: 'completed',
      call_id: 'b',
      name: 'read',
      namespace: 'mcp__files',
      arguments: '{"path":"x"}',
    },
  ])
})

test('texts and refusals in a row are parts of one message, and sources stand beside their text', () => {
  const citation = { url: 'https://x', title: 't', start: 0, end: 1, origin: 'anthropic-messages', value: {} } as const
  const blocks = [
    { is: 'text', text: 'a', citations: [citation] },
    { is: 'text', text: 'b' },
    { is: 'refusal', text: 'no' },
  ] as const
  const text = written(replay({ blocks, finish: 'stop' }))
  check(text)
  const output = outputIn(text)
  assert.deepEqual(output[0]?.['content'], [
    {
      type: 'output_text',
      text: 'a',
      annotations: [{ type: 'url_citation', url: 'https://x', title: 't', start_index: 0, end_index: 1 }],
      logprobs: [],
    },
    { type: 'output_text', text: 'b', annotations: [], logprobs: [] },
    { type: 'refusal', refusal: 'no' },
  ])
  assert.equal(output.length, 1)
})

test('what a vendor wants back travels sealed in the item of the thinking', () => {
  const opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'sig' } as const
  const text = written(replay({ blocks: [{ is: 'reasoning', text: '', opaque }], finish: 'stop' }))
  check(text)
  const output = outputIn(text)
  assert.deepEqual(unseal(String(output[0]?.['encrypted_content']), 'openai-responses'), opaque)
})

test('every snapshot repeats what was asked, and fills in what was not (dialects rs6, rs9)', () => {
  const tools = [{ type: 'function', name: 'f' }]
  const text = written(replay({ blocks: [{ is: 'text', text: 'a' }], finish: 'length' }), {
    tools,
    temperature: 0.5,
    reasoning: { effort: 'low' },
  })
  const snapshots = eventsIn(text)
    .map(({ response }) => response)
    .filter(isRecord)
  for (const snapshot of snapshots) {
    const { instructions, metadata, parallel_tool_calls: parallel, tool_choice: choice, top_p: topP, truncation } = snapshot
    assert.deepEqual(
      [snapshot['tools'], snapshot['temperature'], snapshot['reasoning'], instructions, metadata, parallel, choice, topP, truncation],
      [tools, 0.5, { effort: 'low', summary: null }, null, {}, true, 'auto', 1, 'disabled'],
    )
  }
  const { status, incomplete_details: details } = snapshots.at(-1) ?? {}
  assert.deepEqual([status, details], ['incomplete', { reason: 'max_output_tokens' }])
  assert.equal(outputIn(text)[0]?.['status'], 'incomplete')
})

test('a stream that breaks off ends with a failed answer under the next number, with the code that Codex knows', () => {
  const writer = new ResponsesStreamWriter(askOf())
  const before = writer.write({ is: 'answer-start' }) + writer.write({ is: 'text-start', index: 0 })
  const after = writer.breakOff({ reason: 'rate-limited', message: 'Slow.', sent: 'yes', retryAfterMs: 2500 })
  const [event, ...others] = eventsIn(after)
  const [first] = eventsIn(before)
  assert.deepEqual(others, [])
  assert.equal(event?.['type'], 'response.failed')
  assert.equal(event['sequence_number'], eventsIn(before).length)
  const { id, status, error } = responseIn(event)
  assert.equal(id, responseIn(first)['id'])
  assert.equal(status, 'failed')
  assert.deepEqual(error, { code: 'rate_limit_exceeded', message: 'Slow. Please try again in 3s.' })
})
