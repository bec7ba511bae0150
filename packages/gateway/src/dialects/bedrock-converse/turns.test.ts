/** Whatever the conversation, Bedrock gets one that it takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Block } from '../canonical/blocks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { writeBedrockRequest } from './request.ts'
import { asking, sonnet, targetOf, weather } from './writing.test.ts'

const text = fc.constantFrom('', ' ', 'a', 'Grüße 👋🏽 ')
const id = fc.constantFrom('1', '2', 'call:3', '')
const parts: fc.Arbitrary<readonly Part[]> = fc.array(
  text.map((said): Part => ({ is: 'text', text: said })),
  { maxLength: 2 },
)
const block: fc.Arbitrary<Block> = fc.oneof(
  text.map((said): Block => ({ is: 'text', text: said })),
  text.map((said): Block => ({ is: 'reasoning', text: said })),
  id.map((callId): Block => ({ is: 'tool-call', id: callId, name: 'get_weather', argumentsText: '{}' })),
)
const turn: fc.Arbitrary<Turn> = fc.oneof(
  parts.map((said): Turn => ({ role: 'user', parts: said })),
  text.map((said): Turn => ({ role: 'system', parts: [{ is: 'text', text: said }] })),
  fc.array(block, { maxLength: 3 }).map((blocks): Turn => ({ role: 'assistant', blocks })),
  fc.array(fc.record({ callId: id, parts, isError: fc.boolean() }), { maxLength: 3 }).map((results): Turn => ({ role: 'tool', results })),
)

interface Sent {
  readonly text?: string
  readonly toolUse?: { readonly toolUseId: string }
  readonly toolResult?: { readonly toolUseId: string; readonly content: readonly { readonly text?: string }[] }
}

interface Body {
  readonly messages: readonly { readonly role: string; readonly content: readonly Sent[] }[]
}

function idsOf(content: readonly Sent[], kind: 'toolUse' | 'toolResult'): string[] {
  return content.flatMap((each) => each[kind]?.toolUseId ?? [])
}

test('user and assistant take turns, no text is blank, and each call has its result right behind it', () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 8 }), fc.boolean(), (turns, withTools) => {
      const changes: Partial<CanonicalRequest> = { turns, tools: withTools ? [weather] : [] }
      const { messages }: Body = JSON.parse(writeBedrockRequest(asking(changes), targetOf(sonnet)).body.toString())
      const called: string[] = []
      for (const [at, { role, content }] of messages.entries()) {
        assert.equal(role, at % 2 === 0 ? 'user' : 'assistant')
        assert.ok(content.length > 0)
        const texts = content.flatMap((each) => [each, ...(each.toolResult?.content ?? [])]).map((each) => each.text)
        for (const said of texts) assert.notEqual(said?.trim(), '')
        const uses = idsOf(content, 'toolUse')
        assert.deepEqual(idsOf(messages[at + 1]?.content ?? [], 'toolResult'), uses)
        called.push(...uses)
      }
      assert.equal(new Set(called).size, called.length)
      if (!withTools) assert.equal(called.length, 0)
    }),
    { seed: 11, numRuns: 1000 },
  )
})
