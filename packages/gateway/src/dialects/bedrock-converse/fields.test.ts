/** What stands beside the conversation: thinking, knobs of the sampler, limits, and the form of the answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Block } from '../canonical/blocks.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { jsonToolName } from './json-tool.ts'
import { answers, call, llama, messages, newest, nova, opus46, rain, result, says, sonnet, spec, weather, write } from './writing.test.ts'

// Thinking.

function own(model: string = sonnet): Opaque {
  return { origin: { dialect: 'bedrock-converse', provider: 'bedrock', model }, data: 'c2ln' }
}

function thought(opaque?: Opaque): Block {
  return { is: 'reasoning', text: 'Hm.', ...(opaque !== undefined && { opaque }) }
}

function fields(changes: Partial<CanonicalRequest>, model?: string): unknown {
  return write(changes, model).additionalModelRequestFields
}

for (const [what, changes, model, expected] of [
  ['an effort is a share of the answer', { reasoning: { effort: 'medium' }, maxTokens: 8000 }, sonnet, budget(4000)],
  ['a budget is what it says', { reasoning: { budgetTokens: 2000 }, maxTokens: 8000 }, sonnet, budget(2000)],
  ['a budget leaves room for the answer', { reasoning: { budgetTokens: 9000 }, maxTokens: 8000 }, sonnet, budget(7200)],
  ['a small budget is the least there is', { reasoning: { effort: 'low' }, maxTokens: 2000 }, sonnet, budget(1024)],
  ['none is nothing', { reasoning: { effort: 'none' } }, sonnet, undefined],
  ['newer models get an effort', { reasoning: { effort: 'low' } }, opus46, effort('low')],
  ['an effort that they lack is the nearest below', { reasoning: { effort: 'xhigh' } }, opus46, effort('high')],
  ['the newest know it', { reasoning: { effort: 'xhigh' } }, newest, effort('xhigh')],
  ['a budget is told as an effort', { reasoning: { budgetTokens: 2000 }, maxTokens: 8000 }, opus46, effort('low')],
  ['none is said', { reasoning: { effort: 'none' } }, opus46, { thinking: { type: 'disabled' } }],
  ['Nova', { reasoning: { effort: 'high' } }, nova, { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } }],
  [
    'Nova with a limit',
    { reasoning: { effort: 'max' }, maxTokens: 500 },
    nova,
    { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } },
  ],
  ['gpt-oss', { reasoning: { effort: 'minimal' } }, 'openai.gpt-oss-120b-1:0', { reasoning_effort: 'low' }],
] as const) {
  test(`thinking: ${what}`, () => assert.deepEqual(fields(changes, model), expected))
}

function budget(tokens: number): object {
  return { thinking: { type: 'enabled', budget_tokens: tokens } }
}

function effort(told: string): object {
  return { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: told } }
}

for (const [what, changes, model] of [
  ['a model that cannot', {}, llama],
  ['an answer too short to think in', { maxTokens: 1000 }, sonnet],
  ['a tool that must be called', { tools: [weather], toolChoice: { is: 'required' } }, sonnet],
  ['a tool loop whose thinking is lost', { tools: [weather], turns: [says('user', 'q'), answers(call('a')), result('a', rain)] }, sonnet],
] as const) {
  test(`thinking is given up, and said to be, for ${what}`, () => {
    const told = write({ reasoning: { effort: 'high' }, maxTokens: 8000, ...changes }, model)
    assert.deepEqual(told.losses, ['reasoning'])
    assert.equal(told.additionalModelRequestFields, undefined)
  })
}

/** Whether the thinking of a tool loop is in what this model gets. */
function isSent(opaque: Opaque | undefined, model: string): boolean {
  const turns = [says('user', 'q'), answers(thought(opaque), call('a')), result('a', rain)]
  return JSON.stringify(messages({ turns, tools: [weather] }, model)).includes('reasoningContent')
}

test('thinking goes back to the models that made it, and to no others', () => {
  const anthropic: Opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'c2ln' }
  assert.ok(isSent(own(), sonnet))
  assert.ok(isSent(own(), opus46))
  assert.ok(isSent(anthropic, sonnet))
  assert.ok(isSent(own(nova), nova))
  assert.ok(!isSent(own(), nova))
  assert.ok(!isSent({ origin: { dialect: 'gemini-generate' }, data: 'x' }, sonnet))
  assert.ok(!isSent({ ...own(), data: '' }, sonnet))
  assert.ok(!isSent(undefined, sonnet))
})

test('a model that thinks by itself is told not to where it must call a tool', () => {
  const asked = { tools: [weather], toolChoice: { is: 'required' } } as const
  assert.deepEqual(fields(asked, newest), { thinking: { type: 'disabled' } })
  assert.equal(fields({ tools: [weather] }, newest), undefined)
})

test('a model that always thinks cannot be made to call: it is asked in words', () => {
  const always = 'anthropic.claude-fable-5'
  const forced = write({ tools: [weather], toolChoice: { is: 'required' } }, always)
  assert.deepEqual([forced.toolConfig, forced.losses], [{ tools: [spec] }, ['toolChoice']])
  const formed = write({ format: { is: 'json-schema', schema: { type: 'object' } } }, always)
  assert.deepEqual([formed.toolConfig, formed.losses], [undefined, ['format']])
  assert.match(JSON.stringify(formed.system), /JSON Schema/)
})

test('thinking goes back as it was: signed text, or the bytes of what was hidden', () => {
  const hidden: Block = { is: 'reasoning', text: '', opaque: { ...own(), data: 'EroBCkgI', redacted: true } }
  const turns = [says('user', 'q'), answers(thought(own()), hidden, call('a')), result('a', rain)]
  const told = write({ turns, tools: [weather], reasoning: { effort: 'low' }, maxTokens: 8000 })
  assert.deepEqual(told.messages[1]?.content.slice(0, 2), [
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
    { reasoningContent: { redactedContent: Buffer.from('EroBCkgI').toString('base64') } },
  ])
  assert.deepEqual(told.additionalModelRequestFields, budget(2000))
})

// Sampling and limits.

for (const [what, changes, model, inference, losses] of [
  [
    'all that Converse has',
    { sampling: { temperature: 0.5 }, maxTokens: 9, stop: ['a', ' '] },
    sonnet,
    { maxTokens: 9, temperature: 0.5, stopSequences: ['a'] },
    [],
  ],
  ['temperatures end at 1', { sampling: { temperature: 1.7 } }, llama, { temperature: 1 }, []],
  ['older Claude takes both knobs', { sampling: { temperature: 1, topP: 0.5 } }, sonnet, { temperature: 1, topP: 0.5 }, []],
  ['later Claude takes one', { sampling: { temperature: 1, topP: 0.5 } }, opus46, { temperature: 1 }, ['topP']],
  ['the newest take none', { sampling: { temperature: 1, topP: 0.5, topK: 3 } }, newest, undefined, ['temperature', 'topP', 'topK']],
  [
    'a thinking Claude takes none',
    { sampling: { temperature: 0.5 }, reasoning: { effort: 'low' }, maxTokens: 8000 },
    sonnet,
    { maxTokens: 8000 },
    ['temperature'],
  ],
  ['other knobs are lost', { sampling: { seed: 1, topK: 2 } }, llama, undefined, ['seed', 'topK']],
  ['four stop texts', { stop: ['1', '2', '3', '4', '5'] }, llama, { stopSequences: ['1', '2', '3', '4'] }, []],
] as const) {
  test(`limits: ${what}`, () => {
    const told = write(changes, model)
    assert.deepEqual(told.inferenceConfig, inference)
    assert.deepEqual(told.losses, losses)
  })
}

test('the target’s own limit holds where the caller asked for more', () => {
  assert.equal(write({ maxTokens: 100 }, sonnet, { maxTokens: 50 }).inferenceConfig.maxTokens, 50)
})

test('the number of tokens to choose from has a name in each family', () => {
  assert.deepEqual(fields({ sampling: { topK: 5 } }), { top_k: 5 })
  assert.deepEqual(fields({ sampling: { topK: 5 } }, nova), { inferenceConfig: { topK: 5 } })
  assert.deepEqual(fields({ sampling: { topK: 5 } }, 'cohere.command-r-v1:0'), { k: 5 })
})

test('which stop text was met is asked for where the model can tell', () => {
  assert.deepEqual(write({ stop: ['END'] }).additionalModelResponseFieldPaths, ['/stop_sequence'])
  assert.equal(write({ stop: ['END'] }, llama).additionalModelResponseFieldPaths, undefined)
})

// JSON answers.

const schema = { type: 'object', properties: { a: { type: 'object', properties: {} } }, required: ['a'] }

test('a model that can be held to a schema is, with objects that hold nothing else', () => {
  const { outputConfig, toolConfig } = write({ format: { is: 'json-schema', name: 'x', schema } }, opus46)
  const { type, structure } = outputConfig.textFormat
  assert.deepEqual({ type, name: structure.jsonSchema.name, toolConfig }, { type: 'json_schema', name: 'x', toolConfig: undefined })
  assert.deepEqual(JSON.parse(structure.jsonSchema.schema), {
    ...schema,
    additionalProperties: false,
    properties: { a: { type: 'object', properties: {}, additionalProperties: false } },
  })
})

test('any other gets a tool that stands for the answer, and must call it', () => {
  for (const [format, json] of [
    [{ is: 'json-schema', schema }, schema],
    [{ is: 'json' }, { type: 'object' }],
  ] as const) {
    const { toolConfig } = write({ format }, nova)
    assert.deepEqual(toolConfig.toolChoice, { tool: { name: jsonToolName } })
    assert.deepEqual(toolConfig.tools[0]?.toolSpec.inputSchema, { json })
  }
})

test('beside the caller’s tools it is one of several, and where one of those must be called there is no answer to form', () => {
  const asked = { format: { is: 'json' }, tools: [weather] } as const
  const beside = write(asked, nova).toolConfig
  assert.deepEqual([beside.tools.length, beside.toolChoice], [2, { any: {} }])
  assert.deepEqual(write({ ...asked, toolChoice: { is: 'required' } }, nova).toolConfig.tools, [spec])
})

test('the owner’s last touch is the last', () => {
  const quirks = { adjustRequest: (body: Record<string, unknown>, model: string) => ({ ...body, model }) }
  assert.equal(write({}, sonnet, { quirks }).model, sonnet)
})
