/** Tools, calls and results on their way to an Anthropic server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalRequest } from '../canonical/request.ts'
import { call, result, says, text, tool, user, write } from './writing.test.ts'

test('all results of a turn stand first in the one message behind their calls, before what the user says', () => {
  const turns = [
    user,
    says(call('call_1'), call('call_2')),
    result('call_2', 'two'),
    result('call_1', 'one', true),
    text('user', 'And now?'),
  ]
  const [, , message] = write({ turns, tools: [tool] }).body.messages
  assert.deepEqual(message, {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'one' }], is_error: true },
      { type: 'tool_result', tool_use_id: 'call_2', content: [{ type: 'text', text: 'two' }] },
      { type: 'text', text: 'And now?' },
    ],
  })
})

test('a call without a result gets one that says so, and a result without a call becomes text', () => {
  const { body } = write({ turns: [result('gone', 'orphan'), user, says(call('call_1')), user], tools: [tool] })
  assert.deepEqual(body.messages[0]?.content[1], { type: 'text', text: 'orphan' })
  assert.deepEqual(body.messages[2]?.content[0], {
    type: 'tool_result',
    tool_use_id: 'call_1',
    content: [{ type: 'text', text: '(no result)' }],
    is_error: true,
  })
})

test('ids that Anthropic refuses are replaced, in calls and results alike, and none comes twice', () => {
  const turns = [
    user,
    says(call('functions.f:0')),
    result('functions.f:0'),
    says(call('call_0')),
    result('call_0'),
    says(call('call_0')),
    result('call_0'),
  ]
  const blocks = write({ turns, tools: [tool] }).body.messages.flatMap(({ content }) => content)
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id)
  const results = blocks.filter(({ type }) => type === 'tool_result').map(({ tool_use_id }) => tool_use_id)
  assert.deepEqual(calls, results)
  assert.equal(new Set(calls).size, 3)
  for (const id of calls) assert.match(String(id), /^[a-zA-Z0-9_-]+$/)
})

test('arguments are objects, also where the model was cut off in the middle', () => {
  const turns = [user, says(call('a', 'f', '{"x":1}'), call('b', 'f', ''), call('c', 'f', '{"x":')), result('a')]
  const inputs = write({ turns, tools: [tool] }).body.messages[1]?.content.map(({ input }) => input)
  assert.deepEqual(inputs, [{ x: 1 }, {}, { _raw: '{"x":' }])
})

test('names that Anthropic refuses are replaced in tools, choice and history', () => {
  const name = 'files.read/all'
  const turns = [user, says(call('a', name)), result('a')]
  const { body } = write({ turns, tools: [{ ...tool, name }], toolChoice: { is: 'allowed', names: [name], required: true } })
  const sent = body.tools?.[0]?.name
  assert.match(String(sent), /^[a-zA-Z0-9_-]{1,128}$/)
  assert.deepEqual([body.tool_choice?.name, body.messages[1]?.content[0]?.name], [sent, sent])
})

test('every choice of tools has its form', () => {
  const tools = [tool, { ...tool, name: 'g' }]
  const choice = (request: Partial<CanonicalRequest>): unknown => write({ tools, ...request }).body.tool_choice
  assert.equal(choice({}), undefined)
  assert.deepEqual(choice({ toolChoice: { is: 'auto' } }), { type: 'auto' })
  assert.deepEqual(choice({ toolChoice: { is: 'none' } }), { type: 'none' })
  assert.deepEqual(choice({ toolChoice: { is: 'required' } }), { type: 'any' })
  assert.deepEqual(choice({ toolChoice: { is: 'allowed', names: ['g'], required: true } }), { type: 'tool', name: 'g' })
  assert.deepEqual(choice({ parallelToolCalls: false }), { type: 'auto', disable_parallel_tool_use: true })
  const some = write({ tools: [...tools, { ...tool, name: 'h' }], toolChoice: { is: 'allowed', names: ['f', 'g'], required: true } }).body
  assert.deepEqual([some.tool_choice, some.tools?.map(({ name }) => name)], [{ type: 'any' }, ['f', 'g']])
})

test('a conversation with calls in it offers tools even where the caller does not', () => {
  const { body } = write({ turns: [user, says(call('a')), result('a')] })
  assert.deepEqual([body.tools, body.tool_choice], [[{ name: 'f', input_schema: { type: 'object' } }], { type: 'none' }])
})

test('a tool that takes free text becomes one with a single text', () => {
  const { body } = write({
    tools: [{ is: 'custom', name: 'patch', description: 'Edits.' }],
    turns: [user, says({ is: 'tool-call', id: 'a', name: 'patch', argumentsText: '*** Begin', custom: true }), result('a')],
  })
  assert.deepEqual(body.tools?.[0]?.input_schema, { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] })
  assert.deepEqual(body.messages[1]?.content[0]?.input, { input: '*** Begin' })
})
