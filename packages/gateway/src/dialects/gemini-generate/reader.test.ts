/** What Gemini's providers answer, streamed and whole: the same events at every cut, and the same answer in every form. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { collect } from '../canonical/collect.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { recorded, recordings, withoutRecordings } from '../harness.test.ts'
import type { Recording } from '../harness.test.ts'
import { sameAtEveryCut } from '../reading.test.ts'
import type { ReadStream } from '../reading.test.ts'
import { isRecord, parseJson } from '../wire.ts'
import { behind } from './block-run.ts'
import { geminiProvider } from './provider.ts'

const origin: Origin = { dialect: 'gemini-generate', provider: 'gemini', model: 'm', keyId: 'k' }
const target = { provider: 'gemini', model: 'm', dialect: 'gemini-generate', keyId: 'k', quirks: {} } as const

type Part = Record<string, unknown>

function piece(parts: readonly Part[], more: Record<string, unknown> = {}): Record<string, unknown> {
  const { finishReason, groundingMetadata, ...beside } = more
  const candidate = {
    content: { parts, role: 'model' },
    ...(finishReason !== undefined && { finishReason }),
    ...(groundingMetadata !== undefined && { groundingMetadata }),
    index: 0,
  }
  return { candidates: [candidate], ...beside, responseId: 'r1', modelVersion: 'gemini-3' }
}

const framings: Readonly<Record<string, (objects: readonly object[]) => string>> = {
  events: (objects) => objects.map((object) => `data: ${JSON.stringify(object)}\r\n\r\n`).join(''),
  array: (objects) => `[${objects.map((object) => JSON.stringify(object, undefined, 2)).join('\n,\r\n')}\n]\n`,
}

/** The same in both forms of a stream, at every cut. */
function read(...objects: readonly object[]): ReadStream {
  return readFor(undefined, objects)
}

function readFor(request: CanonicalRequest | undefined, objects: readonly object[]): ReadStream {
  const [first, ...others] = Object.values(framings).map((frame) =>
    sameAtEveryCut(() => geminiProvider.openReader(origin, target, request), Buffer.from(frame(objects))),
  )
  assert.ok(first)
  for (const other of others) assert.deepEqual(other.events, first.events)
  return first
}

function answerIn(...objects: readonly object[]): CanonicalAnswer {
  const { events, ended, reason } = read(...objects)
  assert.deepEqual([ended, reason], ['done', undefined])
  return collect(events)
}

const stop = { finishReason: 'STOP' }

const counts = (output: number): object => ({ promptTokenCount: 42, candidatesTokenCount: output, cachedContentTokenCount: 30 })

test('texts in a row are one text, and usage is the last one told (dialects U3)', () => {
  const answer = answerIn(
    piece([{ text: 'Grüße 👋🏽' }], { usageMetadata: { trafficType: 'ON_DEMAND' } }),
    piece([{ text: ' to' }], { usageMetadata: counts(1) }),
    piece([{ text: ' you' }], { ...stop, usageMetadata: { ...counts(9), thoughtsTokenCount: 20, toolUsePromptTokenCount: 5 } }),
  )
  assert.deepEqual(answer.blocks, [{ is: 'text', text: 'Grüße 👋🏽 to you' }])
  assert.deepEqual(answer.usage, {
    inputTokens: 17,
    cacheReadTokens: 30,
    cacheWriteTokens: 0,
    outputTokens: 29,
    reasoningTokens: 20,
    source: 'provider',
  })
  assert.deepEqual([answer.id, answer.model, answer.finish, answer.rawFinish], ['r1', 'gemini-3', 'stop', 'STOP'])
})

const marked = (data: string, id?: string): object => ({ origin, data, ...(id !== undefined && { id }) })

test('signatures stay where they were: on a thought, on a call, on a text, and behind one (dialects SG2)', () => {
  const answer = answerIn(
    piece([{ text: 'Hm', thought: true }]),
    piece([{ text: '.', thought: true, thoughtSignature: 'a' }]),
    piece([{ text: 'I ' }, { text: 'see.' }]),
    piece([{ text: '', thoughtSignature: 'b' }]),
    piece([{ text: 'Signed.', thoughtSignature: 'c' }, { text: 'Plain.' }]),
    piece([{ functionCall: { name: 'f', id: 'x', args: {} }, thoughtSignature: 'd' }]),
    piece([{ text: '', thoughtSignature: 'e' }], stop),
  )
  assert.deepEqual(answer.blocks, [
    { is: 'reasoning', text: 'Hm' },
    { is: 'reasoning', text: '.', opaque: marked('a') },
    { is: 'text', text: 'I see.', opaque: marked('b', behind) },
    { is: 'text', text: 'Signed.', opaque: marked('c') },
    { is: 'text', text: 'Plain.' },
    { is: 'tool-call', id: 'x', name: 'f', argumentsText: '{}', opaque: marked('d') },
    { is: 'reasoning', text: '', opaque: marked('e', behind) },
  ])
})

test('equal calls are distinct calls, in one object or in several, and calls without an id are given one (dialects D7, g5)', () => {
  const call = { functionCall: { name: 'roll', args: { sides: 6 } } }
  const answer = answerIn(piece([{ text: 'Rolling.' }, call, call]), piece([call, { functionCall: { name: 'none' } }], stop))
  const calls = answer.blocks.flatMap((block) => (block.is === 'tool-call' ? [block] : []))
  assert.deepEqual(
    calls.map(({ argumentsText }) => argumentsText),
    ['{"sides":6}', '{"sides":6}', '{"sides":6}', '{}'],
  )
  assert.equal(new Set(calls.map(({ id }) => id)).size, 4)
  for (const { id } of calls) assert.match(id, /^call_[A-Za-z0-9]{24}$/)
  // STOP is what Gemini says of calls too (dialects g4).
  assert.equal(answer.finish, 'tool-calls')
})

const more = (...partialArgs: readonly object[]): Part => ({ functionCall: { partialArgs, willContinue: true } })

test('arguments in pieces are put together by their paths, ended or not (dialects D6)', () => {
  const start = piece([{ functionCall: { name: 'f', willContinue: true }, thoughtSignature: 's' }])
  const pieces = [
    piece([more({ jsonPath: '$.city', stringValue: 'Zü', willContinue: true })]),
    piece([more({ jsonPath: '$.city', stringValue: 'rich' })]),
    piece([
      more(
        { jsonPath: '$.days[0].n', numberValue: 3 },
        { jsonPath: "$['a b']", boolValue: true },
        { jsonPath: '$.no', nullValue: 'NULL_VALUE' },
      ),
    ]),
  ]
  for (const last of [piece([{ functionCall: {} }], stop), piece([], stop)]) {
    const [block] = answerIn(start, ...pieces, last).blocks
    assert.ok(block?.is === 'tool-call' && block.opaque?.data === 's')
    assert.deepEqual(JSON.parse(block.argumentsText), { city: 'Zürich', days: [{ n: 3 }], 'a b': true, no: null })
  }
})

const finishes = [
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content-filter'],
  ['RECITATION', 'content-filter'],
  ['BLOCKLIST', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['SPII', 'content-filter'],
  ['LANGUAGE', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['MODEL_ARMOR', 'content-filter'],
  ['A_NEW_ONE', 'other'],
] as const

test('each reason to stop has its meaning, with a content or without (dialects, section 5)', () => {
  for (const [finishReason, finish] of finishes) {
    for (const content of [{ content: { parts: [{ text: 'a' }] } }, { content: {} }, {}]) {
      const { finish: told, rawFinish } = answerIn({ candidates: [{ ...content, finishReason }] })
      assert.deepEqual([told, rawFinish], [finish, finishReason])
    }
  }
})

test('a model that broke off has failed, streamed and whole, whatever it said before (dialects, section 5)', () => {
  for (const finishReason of ['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'OTHER', 'MISSING_THOUGHT_SIGNATURE']) {
    const object = piece([{ text: 'I' }], { finishReason })
    const { reason, message, events } = read(object)
    assert.equal(reason, 'bad-answer')
    assert.match(message ?? '', new RegExp(finishReason))
    assert.equal(events.at(-1)?.is, 'failure')
    assert.equal(readWhole(object).failure?.reason, 'bad-answer')
  }
})

function readWhole(body: unknown): ReturnType<typeof geminiProvider.readAnswer> {
  return geminiProvider.readAnswer(Buffer.from(JSON.stringify(body)), origin, target)
}

test('a refused prompt is an answer without anything (dialects FR3)', () => {
  const body = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 7 } }
  const whole = readWhole(body)
  assert.ok(whole.failure === undefined)
  for (const answer of [answerIn(body), whole.answer]) {
    assert.deepEqual([answer.blocks, answer.finish, answer.usage?.inputTokens], [[], 'content-filter', 7])
  }
})

test('an answer of nothing is one, and one without candidates is none (dialects FR2, g13)', () => {
  const empty = answerIn({ candidates: [{ content: { role: 'model' }, finishReason: 'STOP' }] })
  assert.deepEqual([empty.blocks, empty.finish], [[], 'stop'])
  for (const body of [{}, { candidates: [] }, [], 'text', null]) assert.equal(readWhole(body).failure?.reason, 'bad-answer')
})

test('OpenAI’s mark of the end, as proxies send it in every dialect, is no part of the answer (dialects S9)', () => {
  const stream = `${framings['events']?.([piece([{ text: 'a' }], stop)])}data: [DONE]\n\n`
  const { events, ended, reason } = sameAtEveryCut(() => geminiProvider.openReader(origin, target), Buffer.from(stream))
  assert.deepEqual([ended, reason, events.at(-1)?.is], ['done', undefined, 'finish'])
})

test('a stream that does not say why it stopped is not whole (dialects T1)', () => {
  const { ended, events } = read(piece([{ text: 'Half' }]))
  assert.equal(ended, 'no')
  assert.notEqual(events.at(-1)?.is, 'finish')
})

test('an error in the place of an event is a failure of its kind, framed or bare (dialects E, Gemini)', () => {
  const error = JSON.stringify({ error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } })
  const first = framings['events']?.([piece([{ text: 'a' }])]) ?? ''
  for (const text of [`${first}data: ${error}\r\n\r\n`, `${first}${error}\r\n\r\n`, `[${error}]`, error]) {
    const { reason, events } = sameAtEveryCut(() => geminiProvider.openReader(origin, target), Buffer.from(text))
    assert.equal(reason, 'overloaded', text)
    assert.equal(events.at(-1)?.is, 'failure')
  }
})

test('what only Gemini knows comes as it is, and images that it made as images', () => {
  const code = { executableCode: { language: 'PYTHON', code: 'print(1)' } }
  const result = { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' }, thoughtSignature: 's' }
  const image = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }
  assert.deepEqual(answerIn(piece([code, result, image, { videoThing: {} }], stop)).blocks, [
    { is: 'opaque', type: 'executableCode', origin: 'gemini-generate', value: code },
    { is: 'opaque', type: 'codeExecutionResult', origin: 'gemini-generate', value: result },
    { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' } },
    { is: 'opaque', type: 'videoThing', origin: 'gemini-generate', value: { videoThing: {} } },
  ])
})

test('sources are counted in bytes there and in UTF-16 units here (dialects I4)', () => {
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: 'https://example.org/', title: 'Example' } }],
    groundingSupports: [{ segment: { startIndex: 16, endIndex: 20, text: 'Bern' }, groundingChunkIndices: [0] }],
  }
  const answer = answerIn(piece([{ text: 'Grüße 👋🏽' }]), piece([{ text: 'Bern' }], { ...stop, groundingMetadata }))
  const [text] = answer.blocks
  assert.ok(text?.is === 'text')
  const [citation] = text.citations ?? []
  assert.deepEqual(
    [citation?.url, citation?.title, text.text.slice(citation?.start, citation?.end)],
    ['https://example.org/', 'Example', 'Bern'],
  )
})

test('names that had to be changed come back as the caller’s, and free text out of its wrapping (dialects C3, D13)', () => {
  const request: CanonicalRequest = {
    from: 'openai-chat',
    model: 'm',
    stream: true,
    turns: [{ role: 'user', parts: [{ is: 'text', text: 'Hi' }] }],
    tools: [
      { is: 'function', name: 'mcp/read file' },
      { is: 'custom', name: 'patch it' },
    ],
    sampling: {},
    extras: {},
  }
  const sent: unknown = JSON.parse(geminiProvider.writeRequest(request, target).body.toString())
  const [file, patch] = [...JSON.stringify(sent).matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name ?? '')
  assert.match(`${file} ${patch}`, /^[A-Za-z_][\w.:-]{0,63} [A-Za-z_][\w.:-]{0,63}$/)
  const called = piece(
    [{ functionCall: { name: file, args: { a: 1 } } }, { functionCall: { name: patch, args: { input: '*** Begin' } } }],
    stop,
  )
  const calls = collect(readFor(request, [called]).events).blocks.flatMap((block) =>
    block.is === 'tool-call' ? [[block.name, block.argumentsText, block.custom]] : [],
  )
  assert.deepEqual(calls, [
    ['mcp/read file', '{"a":1}', undefined],
    ['patch it', '*** Begin', true],
  ])
})

const streams = recordings('gemini', 'stream').filter(({ provider }) => provider.startsWith('google'))

test(
  'recorded streams of Google are read to the same events at every cut, and say what they said',
  { skip: withoutRecordings },
  async (t) => {
    assert.ok(streams.length > 10)
    for (const recording of streams) await t.test(recording.id, () => checkRecording(recording))
  },
)

function checkRecording(recording: Recording): void {
  const bytes = streamOf(recording)
  const step = Math.ceil(bytes.length / 60)
  const { events, ended, reason } = sameAtEveryCut(() => geminiProvider.openReader(origin, target), bytes, step)
  assert.deepEqual([ended, reason], ['done', undefined])
  const { blocks, usage } = collect(events)
  const parts = objectsIn(recorded(recording.file).toString()).flatMap(partsIn)
  const signatures = parts.flatMap((part) => (typeof part['thoughtSignature'] === 'string' ? [part['thoughtSignature']] : []))
  assert.deepEqual(
    blocks.flatMap((block) => ('opaque' in block && block.opaque !== undefined ? [block.opaque.data] : [])),
    signatures,
  )
  const named = parts.filter(({ functionCall }) => isRecord(functionCall) && typeof functionCall['name'] === 'string')
  assert.equal(blocks.filter(({ is }) => is === 'tool-call').length, named.length)
  assert.ok(usage !== undefined && usage.inputTokens + usage.cacheReadTokens > 0)
}

function streamOf({ file }: Recording): Buffer {
  const bytes = recorded(file)
  if (!file.endsWith('.ndjson')) return bytes
  return Buffer.from(framings['events']?.(objectsIn(bytes.toString())) ?? '')
}

/** The objects of a recording, whatever it is framed in. */
function objectsIn(text: string): readonly Record<string, unknown>[] {
  const whole = parseJson(text)
  const values: readonly unknown[] = Array.isArray(whole)
    ? whole
    : text.split(/\r?\n/).map((line) => parseJson(line.replace(/^data: /, '')))
  return values.filter(isRecord)
}

function partsIn(object: Record<string, unknown>): readonly Record<string, unknown>[] {
  const [candidate] = Array.isArray(object['candidates']) ? (object['candidates'] as unknown[]) : []
  const content = isRecord(candidate) ? candidate['content'] : undefined
  return isRecord(content) && Array.isArray(content['parts']) ? (content['parts'] as unknown[]).filter(isRecord) : []
}

test('recorded whole answers of Google are answers', { skip: withoutRecordings }, () => {
  for (const { file, id } of recordings('gemini', 'response').filter(({ provider }) => provider.startsWith('google'))) {
    assert.equal(geminiProvider.readAnswer(recorded(file), origin, target).failure, undefined, id)
  }
})
