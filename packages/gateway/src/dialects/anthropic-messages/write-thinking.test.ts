/** How much an Anthropic model is told to think, what goes back of its thinking, and what thinking rules out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Opaque } from '../canonical/opaque.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { call, result, roles, says, tool, user, write } from './writing.test.ts'
import type { Written } from './writing.test.ts'

const own: Opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'signature' }
const foreign: Opaque = { origin: { dialect: 'openai-responses', provider: 'openai' }, data: 'encrypted' }

test('efforts: adaptive for the newer models, a budget for the older', () => {
  const asked = { reasoning: { effort: 'medium' as const }, maxTokens: 8000 }
  const { body } = write(asked, 'claude-opus-4-8')
  assert.deepEqual([body.thinking, body.output_config], [{ type: 'adaptive', display: 'summarized' }, { effort: 'medium' }])
  assert.deepEqual(write(asked, 'claude-sonnet-4-5').body.thinking, { type: 'enabled', budget_tokens: 4000 })
  assert.deepEqual(write({ reasoning: { effort: 'xhigh' } }, 'claude-opus-4-6').body.output_config, { effort: 'high' })
  assert.deepEqual(write({ reasoning: { effort: 'minimal' } }, 'claude-opus-4-8').body.output_config, { effort: 'low' })
  assert.deepEqual(write(asked, 'claude-3-haiku-20240307').losses, ['reasoning'])
})

const effort = (budgetTokens: number): unknown =>
  write({ reasoning: { budgetTokens }, maxTokens: 10_000 }, 'claude-opus-4-8').body.output_config

test('a budget becomes an effort by its share of the answer', () => {
  assert.deepEqual(
    [1024, 3499, 3500, 6499, 6500].map(effort),
    ['low', 'low', 'medium', 'medium', 'high'].map((each) => ({ effort: each })),
  )
})

const budget = (reasoning: CanonicalRequest['reasoning'], maxTokens: number): Written =>
  write({ ...(reasoning && { reasoning }), maxTokens }, 'claude-sonnet-4-5')

test('a budget leaves room for the answer, and is lost where there is none', () => {
  assert.equal(budget({ effort: 'max' }, 10_000).body.thinking?.budget_tokens, 9000)
  assert.equal(budget({ effort: 'low' }, 2000).body.thinking?.budget_tokens, 1024)
  assert.equal(budget({ budgetTokens: 50_000 }, 2000).body.thinking?.budget_tokens, 1800)
  assert.deepEqual([budget({ effort: 'low' }, 100).body.thinking, budget({ effort: 'low' }, 100).losses], [undefined, ['reasoning']])
})

const off = (model: string): readonly unknown[] => {
  const { body, losses } = write({ reasoning: { effort: 'none' } }, model)
  return [body.thinking, body.output_config, losses]
}

test('thinking is switched off in the way that the model knows', () => {
  assert.deepEqual(off('claude-opus-4-8'), [{ type: 'disabled' }, undefined, []])
  assert.deepEqual(off('claude-sonnet-4-5'), [undefined, undefined, []])
  assert.deepEqual(off('claude-sonnet-5-5'), [{ type: 'between_tools' }, { effort: 'low' }, []])
  assert.deepEqual(off('claude-opus-5-5'), [undefined, { effort: 'low' }, ['reasoning']])
})

test('a tool that must be called and thinking do not go together: thinking is lost', () => {
  const asked = { tools: [tool], toolChoice: { is: 'required' as const }, reasoning: { effort: 'high' as const }, maxTokens: 8000 }
  const older = write(asked, 'claude-sonnet-4-5')
  assert.deepEqual([older.body.thinking, older.body.tool_choice, older.losses], [undefined, { type: 'any' }, ['reasoning']])
  const newest = write(asked, 'claude-opus-5-5')
  assert.deepEqual([newest.body.thinking?.type, newest.body.tool_choice, newest.losses], ['adaptive', { type: 'auto' }, ['toolChoice']])
})

test('thinking of the vendor’s own goes back with its signature, thinking of others does not', () => {
  const turns = [
    user,
    says(
      { is: 'reasoning', text: 'Hm.', opaque: own },
      { is: 'reasoning', text: '', opaque: { ...own, redacted: true } },
      { is: 'reasoning', text: 'Foreign.', opaque: foreign },
      { is: 'reasoning', text: 'Unsigned.' },
      { is: 'text', text: 'Hi' },
    ),
    user,
  ]
  const { body, losses } = write({ turns })
  assert.deepEqual(body.messages[1]?.content, [
    { type: 'thinking', thinking: 'Hm.', signature: 'signature' },
    { type: 'redacted_thinking', data: 'signature' },
    { type: 'text', text: 'Hi' },
  ])
  assert.deepEqual(losses, ['turns.reasoning'])
})

const loop = (opaque: Opaque): Turn[] => [user, says({ is: 'reasoning', text: 'Hm.', opaque }, call('a')), result('a')]

test('without its thinking the last tool call is answered without thinking, and with it as asked', () => {
  const asked = { tools: [tool], reasoning: { effort: 'high' as const }, maxTokens: 8000 }
  const lost = write({ ...asked, turns: loop(foreign) }, 'claude-sonnet-4-5')
  assert.deepEqual([lost.body.thinking, lost.losses], [undefined, ['turns.reasoning', 'reasoning']])
  assert.deepEqual(write({ ...asked, turns: loop(foreign) }, 'claude-opus-4-8').body.thinking, { type: 'disabled' })
  assert.deepEqual(write({ ...asked, turns: loop(own) }, 'claude-sonnet-4-5').body.thinking, { type: 'enabled', budget_tokens: 6000 })
})

test('a beginning of the answer is given without trailing space, or stands before a turn of the user', () => {
  const turns = [user, says({ is: 'text', text: 'The answer is: \n' })]
  assert.deepEqual(write({ turns }, 'claude-sonnet-4-5').body.messages[1]?.content, [{ type: 'text', text: 'The answer is:' }])
  const newer = write({ turns }, 'claude-opus-4-8')
  assert.deepEqual([roles(newer), newer.losses], [['user', 'assistant', 'user'], ['prefill']])
  const thinking = write({ turns, reasoning: { effort: 'high' }, maxTokens: 9000 }, 'claude-sonnet-4-5')
  assert.deepEqual([thinking.body.thinking, thinking.losses], [undefined, ['reasoning']])
})

test('an answer in which the vendor paused goes back as it is, to a model that goes on thinking', () => {
  const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }
  const paused = { is: 'opaque', type: 'server_tool_use', origin: 'anthropic-messages', value: search } as const
  const turns = [user, says({ is: 'reasoning', text: 'Hm.', opaque: own }, paused)]
  for (const model of ['claude-sonnet-4-5', 'claude-opus-4-8']) {
    const { body, losses } = write({ turns, reasoning: { effort: 'high' }, maxTokens: 9000 }, model)
    assert.deepEqual(
      body.messages.map(({ content }) => content.map(({ type }) => type)),
      [['text'], ['thinking', 'server_tool_use']],
    )
    assert.notEqual(body.thinking?.type ?? 'disabled', 'disabled')
    assert.deepEqual(losses, [])
  }
})

test('samplers: clamped, one of the two, or none, as the model takes them', () => {
  const sampling = { temperature: 1.7, topP: 0.9, topK: 40, seed: 1, presencePenalty: 0.5 }
  const kept = (model: string): readonly unknown[] => {
    const { body, losses } = write({ sampling }, model)
    return [body.temperature, body.top_p, body.top_k, losses]
  }
  assert.deepEqual(kept('glm-4.6'), [1, 0.9, 40, ['seed', 'presencePenalty']])
  assert.deepEqual(kept('claude-sonnet-4-5'), [1, undefined, 40, ['topP', 'seed', 'presencePenalty']])
  assert.deepEqual(kept('claude-opus-4-8'), [undefined, undefined, undefined, ['temperature', 'topP', 'topK', 'seed', 'presencePenalty']])
})
