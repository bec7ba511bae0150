/** Gemini as its callers speak it: requests read, answers written and read back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { RefusedCall } from '../../domain/failure.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { anyUsage, orderedBlocks } from '../canonical/arbitraries.test.ts'
import type { Block } from '../canonical/blocks.ts'
import { collect } from '../canonical/collect.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import { holdsSeal, seal } from '../canonical/opaque.ts'
import type { Opaque } from '../canonical/opaque.ts'
import { replay } from '../canonical/replay.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import type { WriterAsk } from '../dialect.ts'
import { piecesOf } from '../harness.test.ts'
import { geminiGenerate } from './index.ts'
import { GeminiReader, readGeminiAnswer } from './read-answer.ts'
import { readSignature, signatureFor } from './signature.ts'
import { GeminiWriter } from './stream-writer.ts'
import { writeGeminiAnswer } from './write-answer.ts'

function read(body: object, stream: boolean = false): CanonicalRequest {
  const sketch = geminiGenerate.sketch(Buffer.from(JSON.stringify(body)), { ...bareAsk, model: 'm', stream })
  const request = geminiGenerate.caller?.readRequest(sketch)
  assert.ok(request)
  return request
}

const hello = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }

function askFor(query: string, body: object = hello): WriterAsk {
  const sketch = geminiGenerate.sketch(Buffer.from(JSON.stringify(body)), { ...bareAsk, model: 'm', stream: true, query })
  return { callId: 'kw-1', model: 'm', createdAt: 1, sketch, request: read(body) }
}

const showing = { ...hello, generationConfig: { thinkingConfig: { includeThoughts: true } } }

function written(events: readonly CanonicalEvent[], ask: WriterAsk): string {
  const writer = new GeminiWriter(ask)
  return events.map((event) => writer.write(event)).join('')
}

function reread(text: string): CanonicalAnswer {
  const reader = new GeminiReader({ dialect: 'gemini-generate' })
  const events = [...piecesOf(Buffer.from(text), 11).flatMap((piece) => reader.take(piece)), ...reader.end()]
  assert.equal(reader.failure, undefined)
  return collect(events)
}

/** Ids of made calls are kept; arguments are the same object, if not the same text. */
function comparable({ blocks, usage, finish }: CanonicalAnswer): unknown {
  const seen = blocks.map((block) =>
    block.is === 'tool-call' ? { ...block, argumentsText: JSON.parse(block.argumentsText) as unknown } : block,
  )
  const { cacheReadTokens = 0, inputTokens = 0, cacheWriteTokens = 0, outputTokens, reasoningTokens } = usage ?? {}
  return { seen, finish, counts: [cacheReadTokens, inputTokens + cacheWriteTokens, outputTokens, reasoningTokens] }
}

const answers = fc.record({ blocks: orderedBlocks, usage: anyUsage }).map(({ blocks, usage }): CanonicalAnswer => ({
  id: 'r1',
  model: 'm',
  blocks,
  usage,
  finish: blocks.some(({ is }) => is === 'tool-call') ? 'tool-calls' : 'stop',
}))

test('what is written is what is read: whole, as events and as an array', () => {
  fc.assert(
    fc.property(answers, (answer) => {
      const wanted = comparable(answer)
      const whole = readGeminiAnswer(writeGeminiAnswer(answer, askFor('', showing)), { dialect: 'gemini-generate' }, target)
      assert.ok(whole.failure === undefined)
      assert.deepEqual(comparable(whole.answer), wanted)
      for (const query of ['', 'alt=sse']) assert.deepEqual(comparable(reread(written(replay(answer), askFor(query, showing)))), wanted)
    }),
  )
})

const target = { provider: 'p', model: 'm', dialect: 'gemini-generate', keyId: 'k', quirks: {} } as const

test('an array is one JSON text, and each event is one line', () => {
  const events = replay({ blocks: [{ is: 'text', text: 'a\u2028\nb' }], finish: 'stop' })
  const array = JSON.parse(written(events, askFor(''))) as object[]
  assert.equal(array.length, 2)
  assert.match(written(events, askFor('alt=sse')), /^(?:data: [^\n\u2028]+\n\n){2}$/)
})

test('calls side by side are told one after the other, each whole', () => {
  const events: CanonicalEvent[] = [
    { is: 'answer-start' },
    { is: 'tool-call-start', index: 0, id: 'call_a', name: 'f' },
    { is: 'tool-call-delta', index: 0, argumentsText: '{"a"' },
    { is: 'tool-call-start', index: 1, id: 'call_b', name: 'f' },
    { is: 'tool-call-delta', index: 1, argumentsText: '{"b":2}' },
    { is: 'tool-call-delta', index: 0, argumentsText: ':1}' },
    { is: 'tool-call-end', index: 1 },
    { is: 'tool-call-end', index: 0 },
    { is: 'finish', finish: 'tool-calls' },
  ]
  const { blocks } = reread(written(events, askFor('alt=sse')))
  assert.deepEqual(
    blocks.map((block) => block.is === 'tool-call' && [block.id, block.argumentsText]),
    [
      ['call_a', '{"a":1}'],
      ['call_b', '{"b":2}'],
    ],
  )
})

test('arguments that were cut off are an empty object, and the limit is told (dialects D8)', () => {
  const answer: CanonicalAnswer = { blocks: [{ is: 'tool-call', id: 'c', name: 'f', argumentsText: '{"a":' }], finish: 'length' }
  const body = JSON.parse(writeGeminiAnswer(answer, askFor('')).toString()) as { candidates: [{ content: object; finishReason: string }] }
  assert.deepEqual(body.candidates[0].content, { parts: [{ functionCall: { id: 'c', name: 'f', args: {} } }], role: 'model' })
  assert.equal(body.candidates[0].finishReason, 'MAX_TOKENS')
})

test('an answer without anything has a part all the same, and a refusal is text', () => {
  for (const [blocks, text] of [
    [[], ''],
    [[{ is: 'refusal', text: 'No.' }], 'No.'],
  ] as const) {
    const body = writeGeminiAnswer({ blocks, finish: 'content-filter' }, askFor('')).toString()
    assert.match(body, new RegExp(`"parts":\\[\\{"text":"${text}"\\}\\],"role":"model"\\},"finishReason":"SAFETY"`))
  }
})

const foreign: Opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'EqQB+/?~ÿ' }

test('signatures are base64 for clients that hold bytes, and come back as what they were', () => {
  const wire = signatureFor(foreign)
  assert.match(wire, /^[A-Za-z0-9]+=*$/)
  assert.deepEqual(readSignature(wire), foreign)
  assert.deepEqual(readSignature(seal(foreign)), foreign)
  assert.deepEqual(readSignature('CvcQAb4='), { origin: { dialect: 'gemini-generate' }, data: 'CvcQAb4=' })
  assert.ok(holdsSeal(Buffer.from(JSON.stringify({ thoughtSignature: wire }))))
  assert.ok(!holdsSeal(Buffer.from(JSON.stringify({ thoughtSignature: 'CvcQAb4=' }))))
})

const signed: readonly Block[] = [
  { is: 'reasoning', text: 'Hm.', opaque: foreign },
  { is: 'text', text: 'Well.' },
  { is: 'tool-call', id: 'call_1', name: 'f', argumentsText: '{"a":1}', opaque: { ...foreign, data: 'second' } },
]

test('signatures stay where they were through an answer, whole or streamed, and the next request (dialects SG2)', () => {
  const answer: CanonicalAnswer = { blocks: signed, finish: 'tool-calls' }
  const whole = JSON.parse(writeGeminiAnswer(answer, askFor('')).toString()) as { candidates: { content: object }[] }
  const objects = JSON.parse(written(replay(answer), askFor(''))) as { candidates: { content: { parts: object[] } }[] }[]
  const streamed = { role: 'model', parts: objects.flatMap(({ candidates }) => candidates[0]?.content.parts ?? []) }
  for (const content of [whole.candidates[0]?.content, streamed]) {
    const { turns } = read({ contents: [...hello.contents, content] })
    assert.deepEqual(turns[1], { role: 'assistant', blocks: signed })
  }
})

test('thinking that nobody asked for and that need not come back is left out', () => {
  const answer: CanonicalAnswer = {
    blocks: [
      { is: 'reasoning', text: 'Hm.' },
      { is: 'text', text: 'Yes.' },
    ],
    finish: 'stop',
  }
  for (const text of [writeGeminiAnswer(answer, askFor('')).toString(), written(replay(answer), askFor(''))])
    assert.doesNotMatch(text, /Hm\./)
  assert.match(written(replay(answer), askFor('', showing)), /\{"text":"Hm\.","thought":true\}/)
})

const call = (city: string, id?: string): object => ({ functionCall: { name: 'f', args: { city }, ...(id !== undefined && { id }) } })
const result = (output: string, id?: string): object => ({
  functionResponse: { name: 'f', response: { output }, ...(id !== undefined && { id }) },
})

test('results find their calls by id, else by name and in order (dialects, ids)', () => {
  const { turns } = read({
    contents: [
      ...hello.contents,
      { role: 'model', parts: [call('a'), call('b'), call('c', 'own')] },
      { role: 'function', parts: [result('3', 'own'), result('1'), result('2')] },
    ],
  })
  const [, said, given] = turns
  assert.ok(said?.role === 'assistant' && given?.role === 'tool')
  const ids = said.blocks.map((block) => (block.is === 'tool-call' ? block.id : ''))
  assert.equal(new Set(ids).size, 3)
  const texts = new Map(given.results.map(({ callId, parts }) => [callId, parts[0]?.is === 'text' ? parts[0].text : '']))
  assert.deepEqual(
    ids.map((id) => texts.get(id)),
    ['1', '2', '3'],
  )
})

test('a request is read under both spellings of its fields', () => {
  const camel = read({
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [{ parts: [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }] }],
    tools: [
      { functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } } }] },
    ],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
    generationConfig: {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      maxOutputTokens: 100,
      stopSequences: ['END'],
      responseMimeType: 'application/json',
    },
    safetySettings: [{ category: 'X' }],
  })
  const snake = read({
    system_instruction: { parts: [{ text: 'Be brief.' }] },
    contents: [{ parts: [{ text: 'hi' }, { inline_data: { mime_type: 'image/png', data: 'iVBORw0KGgo=' } }] }],
    tools: [
      { function_declarations: [{ name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } } }] },
    ],
    tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] } },
    generation_config: {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      max_output_tokens: 100,
      stop_sequences: ['END'],
      response_mime_type: 'application/json',
    },
    safety_settings: [{ category: 'X' }],
  })
  assert.deepEqual(snake, camel)
  assert.deepEqual(camel.sampling, { temperature: 0.5, topP: 0.9, topK: 40 })
  assert.deepEqual([camel.maxTokens, camel.stop, camel.format], [100, ['END'], { is: 'json' }])
  assert.deepEqual(camel.toolChoice, { is: 'allowed', names: ['f'], required: true })
  assert.deepEqual(camel.tools, [
    { is: 'function', name: 'f', parameters: { type: 'object', properties: { a: { type: ['string', 'null'] } } } },
  ])
  assert.deepEqual(camel.extras, { safetySettings: [{ category: 'X' }] })
})

const asked = (thinkingConfig: object): unknown => read({ ...hello, generationConfig: { thinkingConfig } }).reasoning

test('thinking is asked for by level or by budget', () => {
  assert.deepEqual(asked({ thinkingLevel: 'LOW', includeThoughts: true }), { effort: 'low', visible: true })
  assert.deepEqual(asked({ thinkingBudget: 1024 }), { budgetTokens: 1024, visible: false })
  assert.deepEqual(asked({ thinkingBudget: 0 }), { effort: 'none', visible: false })
  assert.deepEqual(asked({ thinkingBudget: -1 }), { visible: false })
  assert.throws(() => asked({ thinkingBudget: 1.5 }), /thinkingBudget/)
})

const config = (generationConfig: object) => (): unknown => read({ ...hello, generationConfig })

test('what would change the question is refused by name', () => {
  assert.throws(config({ candidateCount: 2 }), /candidateCount/)
  assert.throws(config({ responseModalities: ['IMAGE'] }), /responseModalities/)
  assert.throws(config({ responseMimeType: 'text/x.enum' }), /text\/x\.enum/)
  assert.throws(() => read({}), /`contents` is missing/)
  assert.throws(() => read({ contents: [{ role: 'system', parts: [] }] }), /contents\[0\]\.role/)
  assert.throws(() => read({ contents: [7] }), /contents\[0\]/)
})

test('an error is told in Google’s shape, with the time to wait', () => {
  const { status, body } = geminiGenerate.writeFailure(
    refusalOf({ reason: 'rate-limited', message: 'Slow down.', sent: 'yes', retryAfterMs: 1500 }),
    'kw',
  )
  const { error } = JSON.parse(body.toString()) as { error: { code: number; status: string; message: string; details: object[] } }
  assert.deepEqual([status, error.code, error.status, error.message], [429, 429, 'RESOURCE_EXHAUSTED', 'Slow down.'])
  assert.deepEqual(error.details.at(-1), { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' })
})

function refusalOf(failure: ConstructorParameters<typeof RefusedCall>[0]): RefusedCall {
  return new RefusedCall(failure, {})
}
