/** Signatures on their way back to Gemini: exactly where they were, and a stand-in where Gemini 3 insists on one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Block } from '../canonical/blocks.ts'
import type { Opaque, Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { behind } from './block-run.ts'
import { geminiProvider } from './provider.ts'

const origin: Origin = { dialect: 'gemini-generate', provider: 'gemini', model: 'm', keyId: 'k' }
const own: Opaque = { origin, data: 'sig' }
const foreign: Opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'claude' }
const standIn = 'skip_thought_signature_validator'

type Part = Readonly<Record<string, unknown>>

function write(
  turns: readonly Turn[],
  model: string = 'gemini-3.5-flash',
  from: CanonicalRequest['from'] = 'openai-chat',
): { parts: Part[]; losses: readonly string[] } {
  const request: CanonicalRequest = { from, model: 'x', stream: false, turns, tools: [], sampling: {}, extras: {} }
  const target = { provider: 'gemini', model, dialect: 'gemini-generate', keyId: 'k', quirks: {} } as const
  const { body, losses } = geminiProvider.writeRequest(request, target)
  const { contents } = JSON.parse(body.toString()) as { contents: { role: string; parts: Part[] }[] }
  return { parts: contents.filter(({ role }) => role === 'model').flatMap(({ parts }) => parts), losses }
}

const ask: Turn = { role: 'user', parts: [{ is: 'text', text: 'Go on' }] }
const step = (...blocks: readonly Block[]): readonly Turn[] => [
  { role: 'assistant', blocks },
  {
    role: 'tool',
    results: blocks.flatMap((block) =>
      block.is === 'tool-call' ? [{ callId: block.id, parts: [{ is: 'text' as const, text: 'x' }], isError: false }] : [],
    ),
  },
]

function call(id: string, opaque?: Opaque): Block {
  return { is: 'tool-call', id, name: 'f', argumentsText: '{}', ...(opaque !== undefined && { opaque }) }
}

function signatures(parts: readonly Part[]): unknown[] {
  return parts.filter((part) => 'functionCall' in part).map((part) => part['thoughtSignature'])
}

const sent = (id: string): Part => ({ functionCall: { id, name: 'f', args: {} } })

test('signatures go back to the very part they were on (dialects SG2)', () => {
  const { parts, losses } = write([
    ask,
    ...step(
      { is: 'reasoning', text: 'Hm.', opaque: { origin, data: 'a' } },
      { is: 'text', text: 'Signed.', opaque: { origin, data: 'b' } },
      { is: 'text', text: 'Behind.', opaque: { origin, data: 'c', id: behind } },
      call('1', { origin, data: 'd' }),
      call('2'),
      { is: 'reasoning', text: '', opaque: { origin, data: 'e', id: behind } },
    ),
  ])
  assert.deepEqual(parts, [
    { text: 'Hm.', thought: true, thoughtSignature: 'a' },
    { text: 'Signed.', thoughtSignature: 'b' },
    { text: 'Behind.' },
    { text: '', thoughtSignature: 'c' },
    { ...sent('1'), thoughtSignature: 'd' },
    sent('2'),
    { text: '', thoughtSignature: 'e' },
  ])
  assert.deepEqual(losses, [])
})

test('the first call of each step of the current turn has a signature, a real one or the stand-in (dialects SG2)', () => {
  const { parts } = write([
    ask,
    ...step(call('1'), call('2')),
    { role: 'assistant', blocks: [{ is: 'text', text: 'Done.' }] },
    ask,
    ...step(call('3'), call('4')),
    ...step(call('5', own)),
    ...step(call('6', foreign)),
  ])
  assert.deepEqual(signatures(parts), [undefined, undefined, standIn, undefined, 'sig', standIn])
})

test('what a user adds to results does not begin a turn of its own', () => {
  const { parts } = write([ask, ...step(call('1')), ask])
  assert.deepEqual(signatures(parts), [standIn])
})

test('before Gemini 3 nobody misses a signature', () => {
  for (const [model, expected] of [
    ['gemini-2.5-pro', undefined],
    ['gemini-flash-latest', standIn],
    ['gemini-3-pro-preview', standIn],
    ['gemma-3-27b-it', undefined],
  ] as const) {
    assert.deepEqual(signatures(write([ask, ...step(call('1'))], model).parts), [expected], model)
  }
})

test('thoughts of other vendors stay with them, and Gemini’s own go back even unsigned', () => {
  const foreignThought = write([
    ask,
    {
      role: 'assistant',
      blocks: [
        { is: 'reasoning', text: 'Hm.', opaque: foreign },
        { is: 'text', text: 'Hi', opaque: foreign },
      ],
    },
  ])
  assert.deepEqual([foreignThought.parts, foreignThought.losses], [[{ text: 'Hi' }], ['turns.reasoning']])
  const unsigned = write(
    [
      ask,
      {
        role: 'assistant',
        blocks: [
          { is: 'reasoning', text: 'Hm.' },
          { is: 'text', text: 'Hi' },
        ],
      },
    ],
    'gemini-3.5-flash',
    'gemini-generate',
  )
  assert.deepEqual(unsigned.parts, [{ text: 'Hm.', thought: true }, { text: 'Hi' }])
})

test('an answer goes back as the parts it came in (dialects SG2)', () => {
  const parts: Part[] = [
    { text: 'Hm.', thought: true },
    { text: 'A', thoughtSignature: 'a' },
    { text: 'B' },
    { text: '', thoughtSignature: 'b' },
    { executableCode: { language: 'PYTHON', code: '1' } },
    { codeExecutionResult: { outcome: 'OUTCOME_OK' }, thoughtSignature: 'c' },
    { functionCall: { id: 'x', name: 'f', args: { a: 1 } }, thoughtSignature: 'd' },
    { functionCall: { id: 'y', name: 'f', args: {} } },
  ]
  const answer = {
    candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['x'] } }],
  }
  const read = geminiProvider.readAnswer(Buffer.from(JSON.stringify(answer)), origin, {
    provider: 'gemini',
    model: 'm',
    dialect: 'gemini-generate',
    keyId: 'k',
    quirks: {},
  })
  assert.ok(read.failure === undefined)
  const { parts: again, losses } = write([ask, ...step(...read.answer.blocks)], 'gemini-3.5-flash', 'gemini-generate')
  assert.deepEqual([again, losses], [parts, []])
})
