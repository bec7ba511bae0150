/** Recorded conversations, held by clients whose dialect has no place for what the provider wants back: it is remembered for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { withoutRecordings } from '../dialects/harness.test.ts'
import { conversations, hold } from '../dialects/recorded/conversations.test.ts'
import { callersWithClients } from '../dialects/recorded/next-turn.test.ts'
import { ReasoningMemory } from './reasoning-memory.ts'

/** One vendor's web search cannot be offered to callers of others. */
const bound = 'anthropic/anthropic-messages/pause-turn-stream'
/** The recorded client hung the signature of the first call on the second one too. */
const repeated: Readonly<Record<string, readonly string[]>> = {
  'google-vertex/gemini/parallel-identical-tools': ['0.calls.1.signature'],
}

for (const caller of callersWithClients) {
  test(`a client of ${caller} gives back all signatures and thinking, its own or remembered`, { skip: withoutRecordings }, async (t) => {
    for (const conversation of conversations().filter(({ name }) => name !== bound)) {
      await t.test(conversation.name, () => {
        for (const isStream of [false, true]) {
          const memory = new ReasoningMemory(new ManualClock(0)).for('ann')
          for (const { differences, asked, wanted } of hold(conversation, { caller, isStream, memory })) {
            assert.deepEqual(differences, repeated[conversation.name] ?? [])
            const wantsThinking = /^(?:bedrock-converse|anthropic-messages)$/.test(asked.from) && wanted.reasoning !== undefined
            if (wantsThinking) assert.notEqual(asked.reasoning, undefined, 'thinking stays on')
          }
        }
      })
    }
  })
}

/** What clients of chat know: OpenAI's own fields, or those and the thinking that many servers tell beside the text. */
const forgetful = [
  ['reasoning_details', 'extra_content', 'reasoning_content'],
  ['reasoning_details', 'extra_content'],
]

test(
  'a client of openai-chat that knows no thinking, or only its text, loses none of it before a call',
  { skip: withoutRecordings },
  async (t) => {
    for (const conversation of conversations().filter(({ name }) => name !== bound)) {
      await t.test(conversation.name, () => {
        for (const forgets of forgetful) {
          for (const isStream of [false, true]) {
            const memory = new ReasoningMemory(new ManualClock(0)).for('ann')
            for (const { differences } of hold(conversation, { caller: 'openai-chat', isStream, memory, forgets })) {
              assert.deepEqual(differences, repeated[conversation.name] ?? [])
            }
          }
        }
      })
    }
  },
)
