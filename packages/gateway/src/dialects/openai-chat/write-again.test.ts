/** Everything that the dialect can say, written for a provider and read as from a caller. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import { openAiChat } from './index.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/)
const given = fc.dictionary(name, text).map((value) => JSON.stringify(value))
const textPart = fc.record({ is: fc.constant('text' as const), text })
const imagePart = fc.constantFrom<Part>(
  { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
  { is: 'image', source: { is: 'url', url: 'https://a.org/b.png' } },
  { is: 'audio', source: { is: 'base64', mediaType: 'audio/mpeg', data: 'AAAA' } },
  { is: 'file', name: 'a.pdf', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' } },
)
const userTurn: fc.Arbitrary<Turn> = fc.record({
  role: fc.constant('user' as const),
  parts: fc.array(fc.oneof(textPart, imagePart), { minLength: 1, maxLength: 3 }),
})
const round = fc
  .record({
    said: fc.option(text),
    thought: fc.option(text),
    calls: fc.array(fc.record({ name, argumentsText: given }), { maxLength: 3 }),
    result: text,
  })
  .filter(({ said, calls }) => said !== null || calls.length > 0)

const conversation = fc
  .tuple(fc.option(textPart), fc.array(fc.tuple(userTurn, round), { minLength: 1, maxLength: 3 }))
  .map(([system, rounds]) => {
    const turns: Turn[] = system === null ? [] : [{ role: 'system', parts: [system] }]
    for (const [number, [asked, { said, thought: thinking, calls, result }]] of rounds.entries()) {
      const made = calls.map(({ name: called, argumentsText }, at) => ({
        is: 'tool-call' as const,
        id: `call_${number}_${at}`,
        name: called,
        argumentsText,
      }))
      const spoken = [
        ...(thinking === null ? [] : [{ is: 'reasoning' as const, text: thinking }]),
        ...(said === null ? [] : [{ is: 'text' as const, text: said }]),
        ...made,
      ]
      turns.push(asked, { role: 'assistant', blocks: spoken })
      if (made.length > 0)
        turns.push({ role: 'tool', results: made.map(({ id }) => ({ callId: id, parts: [{ is: 'text', text: result }], isError: false })) })
    }
    return turns
  })

const anyRequest: fc.Arbitrary<CanonicalRequest> = fc.record(
  {
    from: fc.constant('openai-chat' as const),
    model: fc.constant('m'),
    stream: fc.boolean(),
    turns: conversation,
    tools: fc.uniqueArray(
      fc.record({
        is: fc.constant('function' as const),
        name,
        description: text,
        parameters: fc.constant({ type: 'object' }),
        strict: fc.boolean(),
      }),
      {
        selector: (tool) => tool.name,
        minLength: 1,
        maxLength: 3,
      },
    ),
    toolChoice: fc.constantFrom(
      { is: 'auto' },
      { is: 'none' },
      { is: 'required' },
      { is: 'allowed', names: ['f'], required: true },
      { is: 'allowed', names: ['f', 'g'], required: false },
    ),
    parallelToolCalls: fc.boolean(),
    reasoning: fc.constantFrom({ effort: 'low' }, { effort: 'max' }, { effort: 'none' }),
    format: fc.constantFrom({ is: 'json' }, { is: 'json-schema', name: 'x', schema: { type: 'object' }, strict: true }),
    sampling: fc.record(
      {
        temperature: fc.constant(0.5),
        topP: fc.constant(0.9),
        topK: fc.nat(),
        seed: fc.nat(),
        logitBias: fc.constant({ '1': 2 }),
        topLogprobs: fc.nat(5),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    maxTokens: fc.integer({ min: 1, max: 100_000 }),
    stop: fc.array(text, { minLength: 1, maxLength: 4 }),
    user: name,
    cacheKey: name,
    verbosity: name,
    serviceTier: name,
    metadata: fc.constant({ a: 'b' }),
    extras: fc.constant({ store: false }),
  },
  { requiredKeys: ['from', 'model', 'stream', 'turns', 'tools', 'sampling', 'extras'], noNullPrototype: true },
)

test('a request that is written and read again is the same request', () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const target: TranslationTarget = {
        provider: 'p',
        model: 'm',
        dialect: 'openai-chat',
        keyId: 'k',
        quirks: { wantsReasoningBack: 'always' },
      }
      const wire = openAiChat.provider?.writeRequest(request, target)
      assert.ok(wire)
      assert.deepEqual(wire.losses, [])
      const again = openAiChat.caller?.readRequest(openAiChat.sketch(wire.body, bareAsk))
      assert.deepEqual(again, JSON.parse(JSON.stringify(request)))
    }),
  )
})
