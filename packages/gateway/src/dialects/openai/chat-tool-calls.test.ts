/** Calls as the servers of the family stream them: with or without index, id and name, in pieces or whole, side by side. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalRequest } from '../canonical/request.ts'
import { answer, call, calls, choice } from './chat-streams.test.ts'
import type { Fields } from './chat-streams.test.ts'

test('calls without an index begin where an id or a name is new (D3)', () => {
  const told = answer([
    call({ id: 'a', function: { name: 'f', arguments: '{"x"' } }),
    call({ function: { arguments: ':1}' } }),
    call({ id: 'b', function: { name: 'f', arguments: '{"x":2}' } }),
    call({ function: { name: 'g', arguments: '{}' } }),
    choice({}, 'tool_calls'),
  ])
  assert.deepEqual(
    calls(told).map(({ name, argumentsText }) => [name, argumentsText]),
    [
      ['f', '{"x":1}'],
      ['f', '{"x":2}'],
      ['g', '{}'],
    ],
  )
})

test('ids that are missing or empty are made, one for each call and the same each time (D3, ID1)', () => {
  const events = [0, 1].map((index) => call({ index, id: '', type: 'function', function: { name: 'f', arguments: '{}' } }))
  const [first, second] = calls(answer(events))
  assert.match(first?.id ?? '', /^call_[0-9A-Za-z]{24}$/)
  assert.notEqual(first?.id, second?.id)
  assert.equal(calls(answer(events))[0]?.id, first?.id)
})

function same(id: string): Fields {
  return call({ index: 0, id, function: { name: 'f', arguments: '{"x":1}' } })
}

test('calls that all stand in place 0 are told apart by id, or by being whole', () => {
  assert.equal(calls(answer([same('a'), same('b')])).length, 2)
  assert.equal(calls(answer([same(''), same('')])).length, 2)
})

test('an empty or repeated id and name in a continuation is no new call and no longer name (D4)', () => {
  const told = answer([
    call({ index: 0, id: 'a', type: 'function', function: { name: 'look', arguments: '' } }),
    call({ index: 0, id: '', type: 'function', function: { name: '', arguments: '{"q":' } }),
    call({ index: 0, id: 'a', type: 'function', function: { name: 'look', arguments: '1}' } }),
  ])
  assert.deepEqual(calls(told), [{ id: 'a', name: 'look', argumentsText: '{"q":1}' }])
})

test('deltas of parallel calls may interleave, and each call gets its own (D2)', () => {
  const told = answer([
    call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } }),
    call({ index: 1, id: 'b', function: { name: 'g', arguments: '' } }),
    call({ index: 1, function: { arguments: '{"y":' } }),
    call({ index: 0, function: { arguments: ':1}' } }),
    call({ index: 1, function: { arguments: '2}' } }),
  ])
  assert.deepEqual(calls(told), [
    { id: 'a', name: 'f', argumentsText: '{"x":1}' },
    { id: 'b', name: 'g', argumentsText: '{"y":2}' },
  ])
})

test('an index that does not begin at 0 is only a place (D1)', () => {
  const told = answer([choice({ content: 'Well.' }), call({ index: 1, id: 'a', function: { name: 'f', arguments: '{}' } })])
  assert.deepEqual(
    told.blocks.map(({ is }) => is),
    ['text', 'tool-call'],
  )
})

for (const [name, pieces] of Object.entries({
  'no arguments at all': [],
  'an empty text': [''],
  null: ['nu', 'll'],
  'an empty object': ['{}'],
  'an empty object in pieces': ['{', '}'],
})) {
  test(`a call of ${name} has the arguments {} (D5)`, () => {
    const told = answer([
      call({ index: 0, id: 'a', function: { name: 'f' } }),
      ...pieces.map((piece) => call({ index: 0, function: { arguments: piece } })),
    ])
    assert.equal(calls(told)[0]?.argumentsText, '{}')
  })
}

test('an empty object in front of the arguments is not part of them (D5)', () => {
  const told = answer([
    call({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
    call({ index: 0, function: { arguments: '{"a":' } }),
    call({ index: 0, function: { arguments: '1}' } }),
  ])
  assert.equal(calls(told)[0]?.argumentsText, '{"a":1}')
})

test('arguments that were cut off stay as they are, and the reason stays too (D8)', () => {
  const told = answer([call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"a":"b' } }), choice({}, 'length')])
  assert.equal(calls(told)[0]?.argumentsText, '{"a":"b')
  assert.equal(told.finish, 'length')
})

test('a call is a call, whatever the reason to stop is (C2)', () => {
  const events = [call({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } })]
  for (const finish of ['stop', 'tool_calls', 'function_call', 'eos'])
    assert.equal(answer([...events, choice({}, finish)]).finish, 'tool-calls')
  assert.equal(answer(events).finish, 'tool-calls')
  assert.equal(answer([choice({ content: 'a' }), choice({}, 'tool_calls')]).finish, 'stop')
})

test('a function call of the old kind is a tool call (D11)', () => {
  const told = answer([
    choice({ function_call: { name: 'f', arguments: '{"a"' } }),
    choice({ function_call: { arguments: ':1}' } }),
    choice({}, 'function_call'),
  ])
  assert.deepEqual(
    calls(told).map(({ name, argumentsText }) => [name, argumentsText]),
    [['f', '{"a":1}']],
  )
})

test('text behind a call that is still open is told behind it', () => {
  const told = answer([
    call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"a"' } }),
    choice({ content: 'By the way.' }),
    call({ index: 0, function: { arguments: ':1}' } }),
  ])
  assert.deepEqual(
    told.blocks.map(({ is }) => is),
    ['tool-call', 'text'],
  )
})

test('a custom tool that went as a function comes back as free text, and names come back as the caller wrote them', () => {
  const request: CanonicalRequest = {
    from: 'openai-responses',
    model: 'm',
    stream: true,
    turns: [],
    tools: [{ is: 'custom', name: 'patch' }],
    sampling: {},
    extras: {},
  }
  const told = answer(
    [
      call({ index: 0, id: 'a', function: { name: 'patch', arguments: '{"inp' } }),
      call({ index: 0, function: { arguments: 'ut":"*** x"}' } }),
    ],
    { request },
  )
  assert.deepEqual(told.blocks, [{ is: 'tool-call', id: 'a', name: 'patch', argumentsText: '*** x', custom: true }])
})
