import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Block } from './blocks.ts'
import type { Turn } from './request.ts'
import { fitToolIds } from './tool-ids.ts'
import { beginWithUser, mergeTurns, pairTools, splitSystem, systemAsUser, textOf, withoutEmptyText } from './turns.ts'

const says = (role: 'user' | 'system', text: string): Turn => ({ role, parts: [{ is: 'text', text }] })
const call = (id: string, name: string = 'f'): Block => ({ is: 'tool-call', id, name, argumentsText: '{}' })
const calls = (...ids: string[]): Turn => ({ role: 'assistant', blocks: ids.map((id) => call(id)) })
const results = (...ids: string[]): Turn => ({
  role: 'tool',
  results: ids.map((callId) => ({ callId, parts: [{ is: 'text', text: `of ${callId}` }], isError: false })),
})

test('adjacent turns of one role become one, of different speakers they do not', () => {
  assert.deepEqual(mergeTurns([says('user', 'a'), says('user', 'b'), calls('1'), calls('2'), results('1'), results('2')]), [
    {
      role: 'user',
      parts: [
        { is: 'text', text: 'a' },
        { is: 'text', text: 'b' },
      ],
    },
    calls('1', '2'),
    results('1', '2'),
  ])
  const named: Turn[] = [
    { role: 'user', parts: [], name: 'Ann' },
    { role: 'user', parts: [], name: 'Bob' },
  ]
  assert.deepEqual(mergeTurns(named), named)
})

test('results follow their calls, all of one turn together and in the order of the calls', () => {
  const told = [says('user', 'q'), calls('1', '2'), results('2'), says('user', 'and?'), results('1'), calls('3'), results('3')]
  assert.deepEqual(pairTools(told, { missing: 'error-result' }), [
    says('user', 'q'),
    calls('1', '2'),
    results('1', '2'),
    says('user', 'and?'),
    calls('3'),
    results('3'),
  ])
})

test('a call without a result gets one that says so, where the provider insists', () => {
  const [, , given] = pairTools([says('user', 'q'), calls('1', '2'), results('2')], { missing: 'error-result' })
  assert.deepEqual(given, {
    role: 'tool',
    results: [
      { callId: '1', name: 'f', parts: [{ is: 'text', text: '(no result)' }], isError: true },
      { callId: '2', parts: [{ is: 'text', text: 'of 2' }], isError: false },
    ],
  })
  assert.deepEqual(pairTools([calls('1')], { missing: 'leave' }), [calls('1')])
})

test('a result whose call was cut from the history becomes text of the user', () => {
  assert.deepEqual(pairTools([results('gone'), says('user', 'go on')], { missing: 'error-result' }), [
    {
      role: 'user',
      parts: [
        { is: 'text', text: '[result of a tool]' },
        { is: 'text', text: 'of gone' },
        { is: 'text', text: 'go on' },
      ],
    },
  ])
})

test('two calls with one id each keep a result of their own', () => {
  const twice = pairTools([calls('x', 'x'), results('x', 'x')], { missing: 'error-result' })
  assert.deepEqual(twice, [calls('x', 'x'), results('x', 'x')])
})

test('only the leading system turns are taken out; later ones stay in place, as marked text where they must', () => {
  const turns = [says('system', 'a'), says('system', 'b'), says('user', 'q'), says('system', 'now')]
  const split = splitSystem(turns)
  assert.equal(textOf(split.system), 'a\n\nb')
  assert.deepEqual(split.turns, [says('user', 'q'), says('system', 'now')])
  assert.deepEqual(systemAsUser(split.turns), mergeTurns([says('user', 'q'), says('user', '<system>now</system>')]))
  assert.deepEqual(splitSystem([says('system', 'only')]), { system: [{ is: 'text', text: 'only' }], turns: [] })
})

test('empty texts go, and turns of which nothing is left; a signed empty text stays', () => {
  const signed: Turn = {
    role: 'assistant',
    blocks: [{ is: 'text', text: '', opaque: { origin: { dialect: 'gemini-generate' }, data: 's' } }],
  }
  const kept: Turn = { role: 'assistant', blocks: [{ is: 'text', text: '' }, call('1')] }
  assert.deepEqual(withoutEmptyText([says('user', ''), says('system', ''), kept, signed]), [calls('1'), signed])
})

test('a conversation that the assistant opens gets a user in front', () => {
  assert.deepEqual(beginWithUser([says('system', 's'), calls('1')]), [says('system', 's'), says('user', '.'), calls('1')])
  assert.deepEqual(beginWithUser([says('user', 'q')]), [says('user', 'q')])
  assert.deepEqual(beginWithUser([]), [])
})

const strict = { fits: /^[a-zA-Z0-9]{9}$/, longest: 9, prefix: '' }
const loose = { fits: /^[\w-]+$/, longest: 40, prefix: 'call_' }

test('ids that fit stay, others are mapped the same way each time, calls and results alike', () => {
  const ids = Array.from({ length: 10 }, (_, index) => `tooluse_bpe71yQ${index}kX-_abcdefgh`)
  const turns = [calls(...ids), results(...ids.toReversed())]
  const [first, second] = [fitToolIds(turns, strict), fitToolIds(turns, strict)]
  assert.deepEqual(first, second)
  const made = idsIn(first)
  assert.equal(new Set(made.slice(0, 10)).size, 10)
  for (const id of made) assert.match(id, strict.fits)
  assert.deepEqual(made.slice(10), made.slice(0, 10).toReversed())
  assert.deepEqual(fitToolIds(turns, loose), turns)
})

test('an id that comes back in a later turn becomes another there, with its result', () => {
  const turns = [calls('call_0'), results('call_0'), calls('call_0'), results('call_0')]
  const [one, itsResult, two, secondResult] = idsIn(fitToolIds(turns, loose))
  assert.equal(one, 'call_0')
  assert.equal(itsResult, 'call_0')
  assert.notEqual(two, 'call_0')
  assert.equal(secondResult, two)
})

test('the same id twice in one turn becomes two, each with its result, and an empty id gets one', () => {
  const twice = idsIn(fitToolIds([calls('x', 'x', ''), results('x', 'x', '')], loose))
  assert.equal(new Set(twice.slice(0, 3)).size, 3)
  assert.deepEqual(twice.slice(3), twice.slice(0, 3))
})

function idsIn(turns: readonly Turn[]): string[] {
  return turns.flatMap((turn) => {
    if (turn.role === 'assistant') return turn.blocks.flatMap((block) => (block.is === 'tool-call' ? [block.id] : []))
    return turn.role === 'tool' ? turn.results.map(({ callId }) => callId) : []
  })
}
