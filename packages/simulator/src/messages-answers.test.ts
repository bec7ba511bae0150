import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageEvent } from './messages-answers.ts'
import { answer } from './replies.ts'
import { ask, open } from './testing.test.ts'

const path = '/messages'
const toolCalls = [{ id: 'toolu_1', name: 'paint', arguments: '{"what":"a tree"}' }]

function eventsIn(text: string): MessageEvent[] {
  return text
    .trimEnd()
    .split('\n\n')
    .map((block) => {
      const [, name, data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
      const event = JSON.parse(data) as MessageEvent
      assert.equal(event.type, name)
      return event
    })
}

test('a message is answered in Anthropic’s shape, with its usage', async (t) => {
  const simulator = await open(t)
  simulator.script('a', answer({ text: 'Answer {call}' }))
  const { type, role, content, stop_reason: reason, usage } = (await (await ask(simulator, {}, { path })).json()) as Record<string, unknown>
  assert.deepEqual([type, role, reason], ['message', 'assistant', 'end_turn'])
  assert.deepEqual(content, [{ type: 'text', text: 'Answer 1' }])
  assert.deepEqual(usage, { input_tokens: 3, output_tokens: 2 })
})

test('a stream of messages has a block of its own for the text, and ends by saying so', async (t) => {
  const simulator = await open(t)
  simulator.script('a', answer({ text: 'one two' }))
  const events = eventsIn(await (await ask(simulator, { stream: true }, { path })).text())
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ],
  )
  assert.deepEqual(events[3]?.['delta'], { type: 'text_delta', text: ' two' })
})

test('tool calls are blocks, their arguments an object where they are whole and text where they are streamed', async (t) => {
  const simulator = await open(t)
  simulator.script('a', answer({ toolCalls }))
  const whole = (await (await ask(simulator, { tools: [{}] }, { path })).json()) as { content: unknown; stop_reason: unknown }
  assert.deepEqual(whole.content, [{ type: 'tool_use', id: 'toolu_1', name: 'paint', input: { what: 'a tree' } }])
  assert.equal(whole.stop_reason, 'tool_use')
  const events = eventsIn(await (await ask(simulator, { stream: true, tools: [{}] }, { path })).text())
  assert.deepEqual(events[2]?.['delta'], { type: 'input_json_delta', partial_json: '{"what":"a tree"}' })
})
