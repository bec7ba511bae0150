import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import type { Block, ToolCallBlock } from '../dialects/canonical/blocks.ts'
import { replay } from '../dialects/canonical/replay.ts'
import type { CanonicalRequest, Turn } from '../dialects/canonical/request.ts'
import { ReasoningMemory } from './reasoning-memory.ts'

const origin = { dialect: 'gemini-generate', provider: 'gemini' } as const
const thinking: Block = { is: 'reasoning', text: 'Let me see.', opaque: { origin, data: 'sig-r' } }
const call: ToolCallBlock = { is: 'tool-call', id: 'call_1', name: 'f', argumentsText: '{"a": 1}', opaque: { origin, data: 'sig-c' } }
const target = { provider: 'gemini', model: 'm', dialect: 'gemini-generate', keyId: 'k', quirks: {} } as const

/** The history as a client sends it back that keeps only what it knows. */
function history(...blocks: Block[]): CanonicalRequest {
  return {
    from: 'openai-chat',
    model: 'm',
    stream: false,
    turns: [{ role: 'assistant', blocks }],
    tools: [],
    sampling: {},
    extras: {},
  }
}

const plain: Block = { is: 'tool-call', id: 'call_1', name: 'f', argumentsText: '{"a":1}' }

function open(mostBytes?: number): { memory: ReasoningMemory; clock: ManualClock } {
  const clock = new ManualClock(0)
  return { memory: new ReasoningMemory(clock, mostBytes === undefined ? {} : { mostBytes }), clock }
}

test('thinking and signatures come back to the call they belong to, from a whole answer and from a stream', () => {
  for (const streamed of [false, true]) {
    const { memory } = open()
    const answer = { blocks: [thinking, call], finish: 'tool-calls' } as const
    const listener = memory.for('ann').listen(origin)
    if (streamed) for (const event of replay(answer)) listener?.hear(event)
    else listener?.keep(answer)
    const [turn]: readonly Turn[] = memory.for('ann').recall(history({ is: 'text', text: 'x' }, plain), target).turns
    assert.deepEqual(turn, {
      role: 'assistant',
      blocks: [thinking, { is: 'text', text: 'x' }, { ...plain, opaque: { origin, data: 'sig-c' } }],
    })
  }
})

test('nobody gets what another caller was told, and another call with the same id gets nothing', () => {
  const { memory } = open()
  memory
    .for('ann')
    .listen(origin)
    ?.keep({ blocks: [thinking, call], finish: 'tool-calls' })
  const request = history(plain)
  assert.equal(memory.for('bob').recall(request, target), request)
  const other = history({ is: 'tool-call', id: 'call_1', name: 'f', argumentsText: '{"a":2}' })
  assert.equal(memory.for('ann').recall(other, target), other)
})

test('what the caller brought itself stays', () => {
  const { memory } = open()
  memory
    .for('ann')
    .listen(origin)
    ?.keep({ blocks: [thinking, call], finish: 'tool-calls' })
  const own = history({ is: 'reasoning', text: 'mine' }, { ...call, opaque: { origin, data: 'own' } })
  assert.equal(memory.for('ann').recall(own, target), own)
})

test('thinking that came back without its signature gets it back, where it is the thinking that was told', () => {
  const { memory } = open()
  memory
    .for('ann')
    .listen(origin)
    ?.keep({ blocks: [thinking, call], finish: 'tool-calls' })
  const unsigned = history({ is: 'reasoning', text: 'Let me see.\n' }, plain)
  const [turn] = memory.for('ann').recall(unsigned, target).turns
  assert.deepEqual(turn, { role: 'assistant', blocks: [thinking, { ...plain, opaque: call.opaque }] })
})

test('arguments may nest deeper than can be written again', () => {
  const { memory } = open()
  const argumentsText = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
  const answer = { blocks: [thinking, { ...call, argumentsText }], finish: 'tool-calls' } as const
  memory.for('ann').listen(origin)?.keep(answer)
  const [turn] = memory.for('ann').recall(history({ ...plain, argumentsText }), target).turns
  assert.ok(turn?.role === 'assistant')
  assert.deepEqual(turn.blocks[0], thinking)
})

test('it forgets after two hours, and the oldest first when there is no room', () => {
  const { memory, clock } = open(2000)
  const keep = (id: string): void =>
    memory
      .for('ann')
      .listen(origin)
      ?.keep({ blocks: [thinking, { ...call, id }], finish: 'tool-calls' })
  for (const id of ['a', 'b', 'c', 'd', 'e']) keep(id)
  assert.ok(memory.bytes <= 2000)

  const found = (id: string): boolean => {
    const request = history({ ...plain, id })
    return memory.for('ann').recall(request, target) !== request
  }
  assert.deepEqual([found('a'), found('e')], [false, true])
  clock.advance(2 * 3_600_000)
  assert.equal(found('e'), false)
  keep('f')
  assert.ok(memory.bytes < 1000, 'what is too old goes when something new comes')
})

test('an answer without calls, or without anything that must go back, takes no room', () => {
  const { memory } = open()
  memory
    .for('ann')
    .listen(origin)
    ?.keep({ blocks: [thinking], finish: 'stop' })
  memory
    .for('ann')
    .listen(origin)
    ?.keep({ blocks: [{ is: 'text', text: 'x' }, plain], finish: 'tool-calls' })
  assert.equal(memory.bytes, 0)
})
