/** Canonical values of every look, for property tests of dialects. */
import * as fc from 'fast-check'
import type { CanonicalAnswer } from './answer.ts'
import type { Block } from './blocks.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const count = fc.nat(100_000)

/** Names and ids that every provider takes. */
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/)

/** JSON texts of arguments. */
const argumentsText = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.boolean())).map((value) => JSON.stringify(value))

const plainBlock: fc.Arbitrary<Block> = fc.oneof(
  text.map((value): Block => ({ is: 'text', text: value })),
  text.map((value): Block => ({ is: 'reasoning', text: value })),
)

/** Reasoning first, then text, then calls with ids of their own: the order in which every dialect can tell an answer. */
export const orderedBlocks: fc.Arbitrary<readonly Block[]> = fc
  .record({
    thinking: fc.option(text),
    said: fc.option(text),
    calls: fc.array(fc.record({ name, argumentsText }), { maxLength: 3 }),
  })
  .map(({ thinking, said, calls }) => {
    const blocks: Block[] = []
    if (thinking !== null) blocks.push({ is: 'reasoning', text: thinking })
    if (said !== null) blocks.push({ is: 'text', text: said })
    for (const [index, call] of calls.entries()) blocks.push({ is: 'tool-call', id: `call_${index}abc`, ...call })
    return blocks
  })

export const anyUsage: fc.Arbitrary<NonNullable<CanonicalAnswer['usage']>> = fc
  .record({ inputTokens: count, cacheReadTokens: count, cacheWriteTokens: count, visible: count, reasoningTokens: count })
  .map(({ visible, ...usage }) => Object.assign(usage, { outputTokens: visible + usage.reasoningTokens + 1, source: 'provider' as const }))

const anyCall = fc
  .record({ name, argumentsText })
  .map((call): Block => ({ is: 'tool-call', id: call.name, name: call.name, argumentsText: call.argumentsText }))

/** Blocks in any order, as the most permissive dialects can hold them. */
export const anyAnswer: fc.Arbitrary<CanonicalAnswer> = fc.record(
  {
    id: name,
    model: name,
    createdAt: count,
    blocks: fc.array(fc.oneof(plainBlock, anyCall)),
    finish: fc.constantFrom('stop', 'length', 'tool-calls', 'content-filter'),
    rawFinish: name,
    usage: anyUsage,
  },
  { requiredKeys: ['blocks', 'finish'], noNullPrototype: true },
)
