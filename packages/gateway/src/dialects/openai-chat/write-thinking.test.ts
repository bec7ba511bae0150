/** How much a provider is told to think, and which thinking it gets back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Quirks } from '../../domain/quirks.ts'
import type { Turn } from '../canonical/request.ts'
import { loop, plain, withQuirks, write } from './writing.test.ts'

test('thinking is asked for in the way the provider knows, at the nearest effort that it has', () => {
  const low = { reasoning: { effort: 'low' } } as const
  const most = { reasoning: { effort: 'max' } } as const
  const none = { reasoning: { effort: 'none' } } as const
  const budget = { reasoning: { budgetTokens: 2000 }, maxTokens: 4000 } as const
  assert.equal(withQuirks(low, {}, true)['reasoning_effort'], 'low')
  assert.equal(withQuirks(most, {}, true)['reasoning_effort'], 'high')
  assert.equal(withQuirks(budget, {}, true)['reasoning_effort'], 'medium')
  assert.equal(withQuirks(most, { thinking: 'reasoning-effort', efforts: ['none', 'default'] })['reasoning_effort'], undefined)
  assert.equal(withQuirks(low, { thinking: 'reasoning-effort', efforts: ['none', 'high'] })['reasoning_effort'], 'high')
  assert.deepEqual(withQuirks(most, { thinking: 'reasoning-object' })['reasoning'], { effort: 'xhigh' })
  assert.deepEqual(withQuirks(budget, { thinking: 'reasoning-object' })['reasoning'], { max_tokens: 2000 })
  assert.deepEqual(withQuirks({ reasoning: { effort: 'low', visible: false } }, { thinking: 'reasoning-object' })['reasoning'], {
    effort: 'low',
    exclude: true,
  })
  assert.equal(withQuirks(none, { thinking: 'enable-thinking' })['enable_thinking'], false)
  assert.equal(withQuirks(budget, { thinking: 'enable-thinking' })['thinking_budget'], 2000)
  assert.deepEqual(withQuirks(none, { thinking: 'thinking-type' })['thinking'], { type: 'disabled' })
  const both = withQuirks(low, { thinking: 'thinking-type', efforts: ['high', 'max'] })
  assert.deepEqual([both['thinking'], both['reasoning_effort']], [{ type: 'enabled' }, 'high'])
  assert.deepEqual(withQuirks(low, { thinking: 'chat-template' })['chat_template_kwargs'], { thinking: true, enable_thinking: true })
})

test('a model that does not think, or is not known to, is not told to', () => {
  for (const target of [{}, { reasoning: false }, { quirks: { thinking: 'none' } }] as const) {
    assert.deepEqual(write({ reasoning: { effort: 'low' } }, target).losses, ['reasoning'])
    assert.deepEqual(write({ reasoning: { effort: 'none' } }, target).losses, [])
  }
})

const thought: Turn = {
  role: 'assistant',
  blocks: [
    { is: 'reasoning', text: 'Hm.', opaque: { origin: { dialect: 'anthropic-messages' }, data: 'sig' } },
    { is: 'tool-call', id: 'a', name: 'f', argumentsText: '{}' },
  ],
}
const thoughtLoop = [plain.turns[0], thought, loop[2]].filter((turn) => turn !== undefined)

test('thinking goes back where and when the provider wants it (SG3)', () => {
  const field = (quirks: Quirks, turns: readonly Turn[] = thoughtLoop): unknown => {
    const message = write({ turns }, { quirks }).messages.find(({ role }) => role === 'assistant') ?? {}
    return message[quirks.reasoningField ?? 'reasoning_content']
  }
  const over = [...thoughtLoop, { role: 'assistant', blocks: [{ is: 'text', text: 'Rain.' }] }, plain.turns[0]].filter(
    (turn) => turn !== undefined,
  ) as Turn[]
  assert.equal(field({}), undefined)
  assert.equal(field({ wantsReasoningBack: 'in-tool-loop' }), 'Hm.')
  assert.equal(field({ wantsReasoningBack: 'in-tool-loop', reasoningField: 'reasoning' }), 'Hm.')
  assert.equal(field({ wantsReasoningBack: 'in-tool-loop' }, over), undefined)
  assert.equal(field({ wantsReasoningBack: 'always' }, over), 'Hm.')
})

test('a thinking model that insists on its thinking gets a blank where another vendor gave none', () => {
  const { messages } = write({ turns: loop }, { quirks: { wantsReasoningBack: 'in-tool-loop' }, reasoning: true })
  assert.equal(messages[1]?.['reasoning_content'], ' ')
})

test('details go back unchanged to the provider that made them, and to no other (SG5)', () => {
  const detail = { type: 'reasoning.text', signature: 'sig', format: 'anthropic-claude-v1', index: 0 }
  const from = (provider: string): unknown => {
    const opaque = { origin: { dialect: 'openai-chat', provider }, data: JSON.stringify(detail) } as const
    const turns: readonly Turn[] = [
      {
        role: 'assistant',
        blocks: [
          { is: 'reasoning', text: 'Hm.', opaque },
          { is: 'text', text: 'a' },
        ],
      },
    ]
    return write({ turns }).messages[0]?.['reasoning_details']
  }
  assert.deepEqual(from('p'), [{ ...detail, text: 'Hm.' }])
  assert.equal(from('other'), undefined)
})
