/** What Gemini's providers are asked for beside the conversation. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalRequest } from '../canonical/request.ts'
import { hello, image, rule, user, write } from './asked.test.ts'

test('knobs, limit, stops and form have their places, and a wide seed is folded', () => {
  const { generationConfig, losses } = write({
    sampling: {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      presencePenalty: 1,
      frequencyPenalty: -1,
      seed: 2 ** 31 + 7,
      topLogprobs: 3,
      minP: 0.1,
    },
    maxTokens: 1000,
    stop: ['a', 'b', '', 'c', 'd', 'e', 'f'],
    format: { is: 'json-schema', schema: { type: 'object', properties: { a: { type: 'string' } } } },
  })
  assert.deepEqual(generationConfig, {
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    presencePenalty: 1,
    frequencyPenalty: -1,
    seed: 7,
    responseLogprobs: true,
    logprobs: 3,
    maxOutputTokens: 1000,
    stopSequences: ['a', 'b', 'c', 'd', 'e'],
    responseMimeType: 'application/json',
    responseJsonSchema: { type: 'object', properties: { a: { type: 'string' } } },
  })
  assert.deepEqual([...losses].toSorted(), ['minP', 'stop'])
})

test('penalties are left out for models that refuse them, and named', () => {
  const sampling = { temperature: 0.5, presencePenalty: 0.05, frequencyPenalty: 0 }
  for (const model of ['gemini-3.5-flash-lite', 'gemini-3.8-flash', 'gemini-4-argon', 'gemini-flash-latest']) {
    const { generationConfig, losses } = write({ sampling }, { model })
    assert.deepEqual(generationConfig, { temperature: 0.5 }, model)
    assert.deepEqual(losses, ['presencePenalty', 'frequencyPenalty'])
  }
  assert.deepEqual(write({ sampling }, { model: 'gemini-2.5-flash' }).generationConfig, sampling)
})

test('the target’s own limit holds where the caller asked for more', () => {
  assert.equal(write({ maxTokens: 1000 }, { maxTokens: 64 }).generationConfig?.['maxOutputTokens'], 64)
})

test('a schema and tools go together from the third generation on; before it the schema is an instruction (dialects J2)', () => {
  const asked: Partial<CanonicalRequest> = {
    tools: [{ is: 'function', name: 'f' }],
    format: { is: 'json-schema', schema: { type: 'object' } },
    turns: [rule('Be brief.'), hello],
  }
  assert.deepEqual(write(asked).generationConfig?.['responseJsonSchema'], { type: 'object' })
  const older = write(asked, { model: 'gemini-2.5-pro' })
  assert.equal(older.generationConfig, undefined)
  assert.match(JSON.stringify(older['systemInstruction']), /^\{"parts":\[\{"text":"Be brief\.\\n\\n.*\{\\"type\\":\\"object\\"\}"\}\]\}$/)
  assert.deepEqual(older.losses, ['format'])
})

test('models that know no JSON schema get the older form (dialects C4)', () => {
  const parameters = { type: 'object', properties: { a: { type: ['string', 'null'] } } }
  const tools = (model: string): unknown => write({ tools: [{ is: 'function', name: 'f', parameters }] }, { model })['tools']
  assert.deepEqual(tools('gemini-2.5-flash'), [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: parameters }] }])
  const older = { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } }
  assert.deepEqual(tools('gemini-2.0-flash'), [{ functionDeclarations: [{ name: 'f', parameters: older }] }])
})

const choices = [
  [{ is: 'auto' }, { mode: 'AUTO' }],
  [{ is: 'none' }, { mode: 'NONE' }],
  [{ is: 'required' }, { mode: 'ANY' }],
  [
    { is: 'allowed', names: ['a/b'], required: true },
    { mode: 'ANY', allowedFunctionNames: ['a_b'] },
  ],
  [
    { is: 'allowed', names: ['a/b'], required: false },
    { mode: 'VALIDATED', allowedFunctionNames: ['a_b'] },
  ],
] as const

test('every choice of tools has its mode, and names are those that were sent (dialects C3)', () => {
  for (const [toolChoice, expected] of choices) {
    const { toolConfig, tools } = write({
      toolChoice,
      tools: [
        { is: 'function', name: 'a/b' },
        { is: 'function', name: 'c' },
      ],
    })
    const [sent = ''] = /a_b_\w+/.exec(JSON.stringify(tools)) ?? []
    assert.deepEqual(JSON.parse(JSON.stringify(toolConfig).replace(sent, 'a_b')), { functionCallingConfig: expected })
    assert.equal(write({ toolChoice })['toolConfig'], undefined)
  }
})

const thoughts = [
  ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128 }],
  ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
  ['gemini-2.5-flash', { effort: 'medium' }, { thinkingBudget: 12_288, includeThoughts: true }],
  ['gemini-2.5-flash-lite', { budgetTokens: 100 }, { thinkingBudget: 512, includeThoughts: true }],
  ['gemini-2.5-pro', { budgetTokens: 90_000, visible: false }, { thinkingBudget: 32_768, includeThoughts: false }],
  ['tuned-by-professionals', { effort: 'medium' }, { thinkingBudget: 2048, includeThoughts: true }],
  ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'HIGH', includeThoughts: true }],
  ['gemini-3.8-flash', { effort: 'xhigh' }, { thinkingLevel: 'HIGH', includeThoughts: true }],
  ['gemini-flash-latest', { budgetTokens: 4000 }, { thinkingLevel: 'LOW', includeThoughts: true }],
  ['gemini-3.5-flash', { visible: true }, { includeThoughts: true }],
  ['gemini-3.5-flash', {}, undefined],
] as const

test('thinking is a budget in 2.5 and a level later, never both, and shown unless hidden (dialects 9.1)', () => {
  for (const [model, reasoning, expected] of thoughts) {
    const { generationConfig, losses } = write({ reasoning }, { model })
    assert.deepEqual(generationConfig?.['thinkingConfig'], expected, model)
    assert.deepEqual(losses, [])
  }
  assert.deepEqual(write({ reasoning: { effort: 'low' } }, { model: 'gemini-2.0-flash' }).losses, ['reasoning'])
})

test('a caller of Gemini’s gets its own fields and tools back where they stood', () => {
  const search = { googleSearch: {} }
  const { losses, ...body } = write({
    from: 'gemini-generate',
    tools: [
      { is: 'function', name: 'f' },
      { is: 'server', type: 'googleSearch', origin: 'gemini-generate', value: search },
    ],
    extras: {
      safetySettings: [{ category: 'x' }],
      cachedContent: 'cachedContents/1',
      'generationConfig.speechConfig': { a: 1 },
      'toolConfig.retrievalConfig': { b: 2 },
      'contents.videoMetadata': {},
    },
  })
  assert.deepEqual(body, {
    contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    tools: [{ functionDeclarations: [{ name: 'f' }] }, search],
    toolConfig: { retrievalConfig: { b: 2 } },
    generationConfig: { speechConfig: { a: 1 } },
    safetySettings: [{ category: 'x' }],
    cachedContent: 'cachedContents/1',
  })
  assert.deepEqual(losses, ['extras.contents.videoMetadata'])
})

test('the owner’s parameters fill gaps one level down too, and what the target refuses is left out there too', () => {
  const {
    losses: _losses,
    contents: _contents,
    ...body
  } = write(
    { sampling: { temperature: 1, presencePenalty: 1 } },
    { defaults: { safetySettings: [], generationConfig: { temperature: 0, topK: 5 } }, removed: ['generationConfig.presencePenalty'] },
  )
  assert.deepEqual(body, { safetySettings: [], generationConfig: { temperature: 1, topK: 5 } })
})

test('sizes of images that agree are asked for, and others are lost', () => {
  assert.deepEqual(write({ turns: [user(image('low'), image('auto'))] }).generationConfig, { mediaResolution: 'MEDIA_RESOLUTION_LOW' })
  const mixed = write({ turns: [user(image('low'), image('high'))] })
  assert.deepEqual([mixed.generationConfig, mixed.losses], [undefined, ['detail']])
})
