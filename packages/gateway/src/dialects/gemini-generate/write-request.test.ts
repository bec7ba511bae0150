/** What Gemini's providers are asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefusedCall } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Block } from '../canonical/blocks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, ToolResult, Turn } from '../canonical/request.ts'
import { geminiProvider } from './provider.ts'

type Json = Record<string, unknown>

interface Asked extends Json {
  readonly contents: readonly { readonly role: string; readonly parts: readonly Json[] }[]
  readonly generationConfig?: Json
  readonly losses: readonly string[]
}

const hello: Turn = { role: 'user', parts: [{ is: 'text', text: 'Hello' }] }

function write(changes: Partial<CanonicalRequest>, target: Partial<TranslationTarget> = {}): Asked {
  const request: CanonicalRequest = {
    from: 'openai-chat',
    model: 'x',
    stream: false,
    turns: [hello],
    tools: [],
    sampling: {},
    extras: {},
    ...changes,
  }
  const { body, losses } = geminiProvider.writeRequest(request, {
    provider: 'gemini',
    model: 'gemini-3.5-flash',
    dialect: 'gemini-generate',
    keyId: 'k',
    quirks: {},
    ...target,
  })
  return { ...(JSON.parse(body.toString()) as Asked), losses }
}

const say = (text: string): Turn => ({ role: 'user', parts: [{ is: 'text', text }] })
const user = (...parts: readonly Part[]): Turn => ({ role: 'user', parts })
const rule = (text: string): Turn => ({ role: 'system', parts: [{ is: 'text', text }] })
const said = (...blocks: readonly Block[]): Turn => ({ role: 'assistant', blocks })
const call = (id: string, name: string, argumentsText: string = '{}'): Block => ({ is: 'tool-call', id, name, argumentsText })
const result = (callId: string, text: string, isError: boolean = false): ToolResult => ({ callId, parts: [{ is: 'text', text }], isError })
const text = (told: string): Block => ({ is: 'text', text: told })

function refuses(changes: Partial<CanonicalRequest>, message: RegExp): void {
  assert.throws(
    () => write(changes),
    ({ failure }: RefusedCall) => failure.reason === 'unsupported' && message.test(failure.message),
  )
}

test('the body names no model, and a plain question needs no more than its contents', () => {
  assert.deepEqual(write({}), { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], losses: [] })
})

test('leading rules are the system instruction, later ones stay where they are, and roles take turns (dialects O1)', () => {
  const { contents, ...others } = write({
    turns: [rule('A'), rule('B'), say('1'), say('2'), said(text('3')), rule('C'), say('4'), said(text('5'))],
  })
  assert.deepEqual(others['systemInstruction'], { parts: [{ text: 'A\n\nB' }] })
  assert.deepEqual(contents, [
    { role: 'user', parts: [{ text: '1' }, { text: '2' }] },
    { role: 'model', parts: [{ text: '3' }] },
    { role: 'user', parts: [{ text: '<system>C</system>' }, { text: '4' }] },
    { role: 'model', parts: [{ text: '5' }] },
  ])
})

test('Gemma has no place for rules but the user’s first turn', () => {
  const { contents, systemInstruction } = write({ turns: [rule('A'), say('1')] }, { model: 'gemma-3-27b-it' })
  assert.equal(systemInstruction, undefined)
  assert.deepEqual(contents, [{ role: 'user', parts: [{ text: '<system>A</system>' }, { text: '1' }] }])
})

test('the user has the first word, also where nobody said any (dialects O2, g12)', () => {
  assert.deepEqual(write({ turns: [said(text('Hi'))] }).contents[0], { role: 'user', parts: [{ text: '.' }] })
  for (const turns of [[], [rule('A')], [say('')], [said(text(''))]]) {
    assert.deepEqual(write({ turns }).contents, [{ role: 'user', parts: [{ text: '.' }] }])
  }
})

test('all results of a turn stand in one content behind their calls, by the names of these (dialects R, g1)', () => {
  const { contents } = write(
    {
      turns: [
        say('Weather?'),
        said(
          text('Looking.'),
          call('1', 'weather', '{"city":"Bern"}'),
          call('2', 'weather', ''),
          call('3', 'clock', '{"a":'),
          call('4', 'gone'),
        ),
        { role: 'tool', results: [result('3', '[1]')] },
        { role: 'tool', results: [result('1', '{"degrees":7}'), result('2', 'No such city', true)] },
        say('And?'),
      ],
    },
    { model: 'gemini-2.5-flash' },
  )
  assert.deepEqual(contents.slice(1), [
    {
      role: 'model',
      parts: [
        { text: 'Looking.' },
        { functionCall: { id: '1', name: 'weather', args: { city: 'Bern' } } },
        { functionCall: { id: '2', name: 'weather', args: {} } },
        { functionCall: { id: '3', name: 'clock', args: { _raw: '{"a":' } } },
        { functionCall: { id: '4', name: 'gone', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: '1', name: 'weather', response: { degrees: 7 } } },
        { functionResponse: { id: '2', name: 'weather', response: { error: 'No such city' } } },
        { functionResponse: { id: '3', name: 'clock', response: { output: '[1]' } } },
        { functionResponse: { id: '4', name: 'gone', response: { error: '(no result)' } } },
        { text: 'And?' },
      ],
    },
  ])
})

test('an image that a tool gave goes inside its result, or behind all of them for older models (dialects R3)', () => {
  const image: Part = { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' } }
  const turns: Turn[] = [
    hello,
    said(call('1', 'shoot'), call('2', 'shoot')),
    { role: 'tool', results: [{ callId: '1', parts: [{ is: 'text', text: 'Here' }, image], isError: false }, result('2', 'No')] },
  ]
  const inlineData = { mimeType: 'image/png', data: 'iVBORw0KGgo=' }
  const response = (id: string, output: string, more: Json = {}): Json => ({
    functionResponse: { id, name: 'shoot', response: { output }, ...more },
  })
  assert.deepEqual(write({ turns }).contents[2]?.parts, [response('1', 'Here', { parts: [{ inlineData }] }), response('2', 'No')])
  assert.deepEqual(write({ turns }, { model: 'gemini-2.5-pro' }).contents[2]?.parts, [
    response('1', 'Here'),
    response('2', 'No'),
    { text: '[result of shoot]' },
    { inlineData },
  ])
})

test('bytes of every kind go inline under what they are, and files by address where Google keeps them (dialects, section 10)', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUg=='
  const file = 'https://generativelanguage.googleapis.com/v1beta/files/abc'
  const { contents, losses } = write({
    turns: [
      user(
        { is: 'image', source: { is: 'base64', mediaType: 'image/jpeg', data: png }, detail: 'low' },
        { is: 'audio', source: { is: 'base64', mediaType: 'audio/wav', data: 'AAAA' } },
        { is: 'video', source: { is: 'url', url: 'https://www.youtube.com/watch?v=1' } },
        { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, name: 'a.pdf' },
        { is: 'file', source: { is: 'text', text: 'Plain' } },
        { is: 'image', source: { is: 'url', url: 'gs://bucket/a.png', mediaType: 'image/png' } },
        { is: 'file', source: { is: 'id', id: file, origin: 'gemini-generate' } },
      ),
    ],
  })
  assert.deepEqual(contents[0]?.parts, [
    { inlineData: { mimeType: 'image/png', data: png } },
    { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
    { fileData: { fileUri: 'https://www.youtube.com/watch?v=1' } },
    { inlineData: { mimeType: 'application/pdf', data: 'JVBERi0=' } },
    { text: 'Plain' },
    { fileData: { mimeType: 'image/png', fileUri: 'gs://bucket/a.png' } },
    { fileData: { fileUri: file } },
  ])
  assert.deepEqual(losses, ['fileName'])
})

test('what cannot be sent is refused by name', () => {
  refuses({ turns: [user({ is: 'image', source: { is: 'url', url: 'https://example.org/a.png' } })] }, /Send its bytes/)
  refuses({ turns: [user({ is: 'file', source: { is: 'id', id: 'file-1', origin: 'openai-chat' } })] }, /another vendor/)
  refuses({ turns: [user({ is: 'opaque', type: 'search_result', origin: 'anthropic-messages', value: {} })] }, /search_result/)
  refuses({ tools: [{ is: 'server', type: 'web_search_20250305', origin: 'anthropic-messages', value: {} }] }, /web_search_20250305/)
  refuses({ extras: { web_search_options: {} } }, /web_search_options/)
})

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

test('a name is the same in the offer, in the call and in the result (dialects C3)', () => {
  const turns = [hello, said(call('1', 'a/b')), { role: 'tool', results: [result('1', 'x')] } as const]
  const names = [...JSON.stringify(write({ turns, tools: [{ is: 'function', name: 'a/b' }] })).matchAll(/"name":"([^"]+)"/g)].map(
    ([, name]) => name,
  )
  assert.equal(names.length, 3)
  assert.deepEqual(new Set(names).size, 1)
})

const thoughts = [
  ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128 }],
  ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
  ['gemini-2.5-flash', { effort: 'medium' }, { thinkingBudget: 12_288, includeThoughts: true }],
  ['gemini-2.5-flash-lite', { budgetTokens: 100 }, { thinkingBudget: 512, includeThoughts: true }],
  ['gemini-2.5-pro', { budgetTokens: 90_000, visible: false }, { thinkingBudget: 32_768, includeThoughts: false }],
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
  const image = (detail: string): Part => ({ is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' }, detail })
  assert.deepEqual(write({ turns: [user(image('low'), image('auto'))] }).generationConfig, { mediaResolution: 'MEDIA_RESOLUTION_LOW' })
  const mixed = write({ turns: [user(image('low'), image('high'))] })
  assert.deepEqual([mixed.generationConfig, mixed.losses], [undefined, ['detail']])
})
