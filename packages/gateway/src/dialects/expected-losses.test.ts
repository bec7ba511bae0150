/** The list of what is lost between dialects, against what is lost: neither may say more than the other. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { DialectName } from '../domain/operation.ts'
import type { TranslationTarget } from '../domain/quirks.ts'
import type { CanonicalAnswer } from './canonical/answer.ts'
import type { CanonicalRequest } from './canonical/request.ts'
import { bareAsk } from './dialect.ts'
import type { Dialect } from './dialect.ts'
import { allDialects } from './list.ts'

interface Expected {
  /** By the provider's dialect, then by field: why it has no place there. */
  readonly requests: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** By the caller's dialect. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const expected = JSON.parse(readFileSync(new URL('expected-losses.json', import.meta.url), 'utf8')) as Expected

/** A request that uses everything that may be lost without changing what is asked. */
const everything: CanonicalRequest = {
  from: 'kobold',
  model: 'm',
  stream: false,
  turns: [
    { role: 'system', parts: [{ is: 'text', text: 'Be brief.', cache: { ttl: '1h' } }] },
    { role: 'user', parts: [{ is: 'text', text: 'Hello', cache: {} }], name: 'Ann' },
    { role: 'assistant', blocks: [{ is: 'text', text: 'Hi.' }] },
    { role: 'user', parts: [{ is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' }, detail: 'low' }] },
  ],
  tools: [{ is: 'function', name: 'f', description: 'A tool', parameters: { type: 'object', properties: {} }, strict: true, cache: {} }],
  toolChoice: { is: 'auto' },
  parallelToolCalls: false,
  reasoning: { effort: 'low', visible: true },
  format: {
    is: 'json-schema',
    name: 'x',
    schema: { type: 'object', properties: {}, additionalProperties: false, required: [] },
    strict: true,
  },
  sampling: {
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    minP: 0.1,
    presencePenalty: 0.1,
    frequencyPenalty: 0.1,
    repetitionPenalty: 1.1,
    seed: 7,
    logitBias: { '1': 2 },
    topLogprobs: 3,
  },
  maxTokens: 4000,
  stop: ['END'],
  user: 'user-1',
  cacheKey: 'key',
  verbosity: 'low',
  serviceTier: 'flex',
  metadata: { a: 'b' },
  extras: { something_new: 1 },
}

function targetOf(dialect: DialectName): TranslationTarget {
  return { provider: 'p', model: 'probe-model', dialect, keyId: 'k', quirks: {} }
}

/** An answer that holds everything that a caller's dialect may have no place for. */
const fullAnswer: CanonicalAnswer = {
  id: 'a',
  model: 'm',
  createdAt: 1,
  blocks: [
    { is: 'reasoning', text: 'Thinking.', opaque: { origin: { dialect: 'anthropic-messages' }, data: 'signature' } },
    {
      is: 'text',
      text: 'Said.',
      citations: [{ url: 'https://example.org/', title: 'Example', start: 0, end: 5, origin: 'openai-chat', value: {} }],
    },
    { is: 'tool-call', id: 'call_1', name: 'f', argumentsText: '{"a":1}' },
  ],
  finish: 'tool-calls',
  usage: { inputTokens: 10, cacheReadTokens: 4, cacheWriteTokens: 3, outputTokens: 20, reasoningTokens: 8, source: 'provider' },
}

const refusing: CanonicalAnswer = { blocks: [{ is: 'refusal', text: 'I will not.' }], finish: 'content-filter' }
const stopped: CanonicalAnswer = { blocks: [{ is: 'text', text: 'a' }], finish: 'stop-sequence', stopSequence: 'END' }
const logged: CanonicalAnswer = {
  blocks: [{ is: 'text', text: 'a' }],
  finish: 'stop',
  logprobs: [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }],
}

/** What of an answer is found again when its dialect's own reader reads what its writer wrote. */
function lostIn(dialect: Dialect, request: CanonicalRequest): readonly string[] {
  const reread = (answer: CanonicalAnswer): CanonicalAnswer => {
    const sketch = { model: 'm', stream: false, maxTokensFields: [], wantsUsage: true, bytes: Buffer.from('{}'), members: [] }
    const body = dialect.caller?.writeAnswer(answer, { callId: 'c', model: 'm', createdAt: 1, sketch, request }) ?? Buffer.alloc(0)
    const read = dialect.provider?.readAnswer(body, { dialect: dialect.name }, targetOf(dialect.name))
    assert.ok(read !== undefined && read.failure === undefined, `${dialect.name} cannot read what it wrote`)
    return read.answer
  }
  const full = reread(fullAnswer)
  const kept: Readonly<Record<string, boolean>> = {
    ...keptBlocks(full),
    ...keptCounts(full),
    refusals: reread(refusing).blocks.some(({ is }) => is === 'refusal'),
    stopSequence: reread(stopped).stopSequence === 'END',
    logprobs: (reread(logged).logprobs?.length ?? 0) > 0,
  }
  return Object.keys(kept).filter((name) => kept[name] !== true)
}

function keptBlocks({ blocks }: CanonicalAnswer): Record<string, boolean> {
  const text = blocks.find((block) => block.is === 'text')
  const thinking = blocks.find((block) => block.is === 'reasoning')
  return {
    reasoning: thinking?.text === 'Thinking.',
    signatures: thinking?.opaque !== undefined,
    citations: (text?.citations?.length ?? 0) > 0,
    toolCalls: blocks.some(({ is }) => is === 'tool-call'),
  }
}

function keptCounts({ usage }: CanonicalAnswer): Record<string, boolean> {
  return {
    cacheReads: usage?.cacheReadTokens === 4,
    cacheWrites: usage?.cacheWriteTokens === 3,
    reasoningTokens: usage?.reasoningTokens === 8,
  }
}

for (const dialect of allDialects) {
  if (dialect.provider !== undefined) {
    test(`${dialect.name}: what a request loses on its way to such a provider is what the list says`, () => {
      const losses = dialect.provider?.writeRequest(everything, targetOf(dialect.name)).losses ?? []
      assert.deepEqual([...losses].toSorted(), Object.keys(expected.requests[dialect.name] ?? {}).toSorted())
    })
  }
  if (dialect.caller !== undefined && dialect.provider !== undefined) {
    test(`${dialect.name}: what an answer loses on its way to such a caller is what the list says`, () => {
      assert.deepEqual(lostIn(dialect, everything).toSorted(), Object.keys(expected.answers[dialect.name] ?? {}).toSorted())
    })
  }
}

test('every loss has a reason, and no list is of a dialect that does not exist', () => {
  const names: ReadonlySet<string> = new Set(allDialects.map(({ name }) => name))
  for (const side of [expected.requests, expected.answers]) {
    for (const [name, losses] of Object.entries(side)) {
      assert.ok(names.has(name), name)
      for (const [field, reason] of Object.entries(losses)) assert.match(reason, /^[A-Z`].{10,}\.$/, `${name} ${field}`)
    }
  }
})

test('a request that names a field twice is refused in every dialect alike', () => {
  for (const dialect of allDialects.filter(({ caller, name }) => caller !== undefined && name !== 'kobold' && name !== 'gemini-generate')) {
    const body = Buffer.from('{"model":"a","model":"b","messages":[],"max_tokens":1}')
    assert.throws(() => dialect.sketch(body, bareAsk), /`model` is given twice/, dialect.name)
  }
})
