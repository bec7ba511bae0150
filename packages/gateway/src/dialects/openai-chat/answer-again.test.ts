/** Answers that are written for a caller and read as a provider's: nothing of them is lost, whole or streamed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { anyUsage, orderedBlocks } from '../canonical/arbitraries.test.ts'
import type { Block } from '../canonical/blocks.ts'
import { collect } from '../canonical/collect.ts'
import { unseal } from '../canonical/opaque.ts'
import { replay } from '../canonical/replay.ts'
import type { StreamReader } from '../dialect.ts'
import { readChatAnswer } from '../openai/chat-answer.ts'
import { ChatStreamReader } from '../openai/chat-reader.ts'
import { sameAtEveryCut } from '../reading.test.ts'
import { askOf, opaque, said, streamed } from './answering.test.ts'
import { writeChatAnswer } from './write-answer.ts'

function open(): StreamReader {
  return new ChatStreamReader({ origin: { dialect: 'openai-chat' } })
}

/** An answer as the dialect tells it: opaque values come back as the detail that held them. */
function known(answer: CanonicalAnswer): CanonicalAnswer {
  const { rawFinish: _, ...rest } = answer
  return { ...rest, model: 'asked', id: answer.id ?? 'chatcmpl-call-1', createdAt: answer.createdAt ?? 7 }
}

/** What was sealed by the writer is unsealed here; a reader of a provider's answers leaves it alone. */
function unsealed(answer: CanonicalAnswer): CanonicalAnswer {
  const blocks = answer.blocks.map((block): Block => {
    if (block.is !== 'reasoning' || block.opaque === undefined) return block
    const detail = JSON.parse(block.opaque.data) as { signature?: string; data?: string }
    const value = unseal(detail.signature ?? detail.data ?? '', 'openai-chat')
    return { ...block, opaque: value }
  })
  return known({ ...answer, blocks })
}

const anyAnswer: fc.Arbitrary<CanonicalAnswer> = fc
  .record({
    blocks: orderedBlocks,
    thoughts: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }),
    usage: anyUsage,
    length: fc.boolean(),
  })
  .filter(({ blocks, thoughts }) => blocks.length + thoughts.length > 0)
  .map(({ blocks, thoughts, usage: used, length }) => {
    const plain = blocks.filter(({ is }) => is !== 'reasoning')
    // Two thoughts without a signature cannot be told apart where no signed one follows.
    const signed = thoughts.map((text, at): Block => ({
      is: 'reasoning',
      text,
      opaque: { ...opaque, data: `sig${at}`, ...(text === '' && { redacted: true }) },
    }))
    const calls = plain.some(({ is }) => is === 'tool-call')
    return {
      id: 'x',
      createdAt: 5,
      blocks: [...signed, ...(signed.length > 0 ? plain : blocks)],
      finish: length ? 'length' : calls ? 'tool-calls' : 'stop',
      usage: used,
    }
  })

test('an answer that is written and read again is the same answer, whole and streamed', () => {
  fc.assert(
    fc.property(anyAnswer, (answer) => {
      const whole = readChatAnswer(writeChatAnswer(answer, askOf()), { origin: { dialect: 'openai-chat' } })
      assert.ok(whole.failure === undefined)
      assert.deepEqual(unsealed(whole.answer), known(answer))
      const reader = open()
      const events = [...reader.take(Buffer.from(streamed(replay(answer)))), ...reader.end()]
      assert.deepEqual(unsealed(collect(events)), known(answer))
    }),
  )
})

test('what is written can be cut anywhere', () => {
  const blocks: Block[] = [
    { is: 'reasoning', text: 'Grüße 👋🏽', opaque },
    { is: 'text', text: 'Zürich 👋🏽' },
    { is: 'tool-call', id: 'a', name: 'f', argumentsText: '{"city":"Zürich"}' },
  ]
  const bytes = Buffer.from(streamed(replay({ ...said, blocks })))
  assert.equal(sameAtEveryCut(open, bytes).ended, 'done')
})
