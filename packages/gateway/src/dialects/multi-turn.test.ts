/**
 * Recorded conversations, held by a client of every dialect: what the client sends back of the recorded answers arrives at the provider
 * as the provider's own client had sent it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import type { DialectName } from '../domain/operation.ts'
import { withoutRecordings } from './harness.test.ts'
import { conversations, hold } from './recorded/conversations.test.ts'
import type { Conversation, HeldTurn } from './recorded/conversations.test.ts'
import { callersWithClients } from './recorded/next-turn.test.ts'

interface Difference {
  readonly conversations: RegExp
  readonly callers: readonly DialectName[]
  readonly paths: RegExp
  readonly why: string
}

/** All that differs, and why that is so. */
const expected: readonly Difference[] = [
  {
    conversations: /\/(?:gemini\/(?:tools-|json-|parallel-)|google$)/,
    callers: ['openai-responses', 'anthropic-messages', 'ollama-chat'],
    paths: /^\d+\.calls\.\d+\.signature$/,
    why: 'their calls have no place for a signature: the gateway remembers it (conversations/)',
  },
  {
    conversations: /\/(?:openai-responses\/|bedrock-converse\/claude-thinking)/,
    callers: ['ollama-chat'],
    paths: /^\d+\.(?:order|reasoning)$/,
    why: 'its thinking has no place for a signature: the gateway remembers it (conversations/)',
  },
  {
    conversations: /openai-compat-tools-reasoning/,
    callers: ['gemini-generate'],
    paths: /^\d+\.(?:order|reasoning)$/,
    why: 'who does not ask for thoughts does not see those of a model that thinks all the same',
  },
  {
    conversations: /parallel-identical-tools/,
    callers: callersWithClients,
    paths: /^0\.calls\.1\.signature$/,
    why: 'the recorded client hung the signature of the first call on the second one too',
  },
]

/** What only one dialect can hold. */
const refused: Readonly<Record<string, { readonly param: string; readonly but: DialectName }>> = {
  'anthropic/anthropic-messages/pause-turn-stream': { param: 'tools', but: 'anthropic-messages' },
}

for (const caller of callersWithClients) {
  test(`recorded conversations go on as they went when a client of ${caller} holds them`, { skip: withoutRecordings }, async (t) => {
    for (const conversation of conversations()) {
      const { name } = conversation
      await t.test(name, () => {
        const refusal = refused[name]
        if (refusal !== undefined && refusal.but !== caller) {
          assert.throws(() => hold(conversation, { caller, isStream: false }), refusalOf(refusal.param))
          return
        }
        const held = [false, true].map((isStream) => hold(conversation, { caller, isStream }))
        assert.deepEqual(pathsIn(held[1]), pathsIn(held[0]), 'an answer that came as a stream goes back like a whole one')
        for (const turn of held.flat()) {
          assert.deepEqual(
            turn.differences.filter((path) => !isExpected(conversation, caller, path)),
            [],
          )
          keepsIds(conversation, turn)
          keepsThinking(turn)
        }
      })
    }
  })
}

test('every difference between held and recorded conversations that is expected is there', { skip: withoutRecordings }, () => {
  const allowed = conversations().filter(({ name }) => refused[name] === undefined)
  const found = new Set(callersWithClients.flatMap((caller) => allowed.flatMap((conversation) => foundIn(conversation, caller))))
  const unseen = expected.filter((each) => !found.has(each))
  assert.deepEqual(unseen, [])
})

function foundIn(conversation: Conversation, caller: DialectName): readonly Difference[] {
  const paths = hold(conversation, { caller, isStream: false }).flatMap(({ differences }) => differences)
  return expected.filter((each) => paths.some((path) => isMeant(each, conversation, caller, path)))
}

function refusalOf(param: string): (error: unknown) => boolean {
  return (error) => error instanceof RefusedCall && error.failure.reason === 'unsupported' && error.details.param === param
}

function pathsIn(turns: readonly HeldTurn[] = []): readonly (readonly string[])[] {
  return turns.map(({ differences }) => differences)
}

function isExpected(conversation: Conversation, caller: DialectName, path: string): boolean {
  return expected.some((each) => isMeant(each, conversation, caller, path))
}

function isMeant({ conversations: names, callers, paths }: Difference, { name }: Conversation, caller: DialectName, path: string): boolean {
  return names.test(name) && callers.includes(caller) && paths.test(path)
}

/** Gemini's calls mostly have none. Mantle numbers the calls of each answer anew, which its recorded client mended in a way of its own. */
function keepsIds({ name, dialect }: Conversation, { ids }: HeldTurn): void {
  assert.equal(new Set(ids.got).size, ids.got.length, 'no id twice')
  if (dialect === 'gemini-generate' || name.startsWith('aws-bedrock-mantle/')) assert.equal(ids.got.length, ids.want.length)
  else assert.deepEqual(ids.got, ids.want)
}

/** Claude refuses to go on thinking without the thinking before its last calls: with it, thinking stays on. */
function keepsThinking({ asked, differences }: HeldTurn): void {
  const calls = asked.turns.findLast(({ role }) => role === 'assistant')
  const first = calls?.role === 'assistant' ? calls.blocks[0] : undefined
  if (asked.from !== 'bedrock-converse' && asked.from !== 'anthropic-messages') return
  if (first?.is === 'reasoning' && differences.length === 0) assert.notEqual(asked.reasoning, undefined)
}
