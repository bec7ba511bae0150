import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefusedCall } from '../../domain/failure.ts'
import type { CanonicalEmbedding } from '../canonical/embeddings.ts'
import { cohereEmbed } from './index.ts'

function write(changes: Partial<CanonicalEmbedding>): Record<string, unknown> {
  const request: CanonicalEmbedding = { from: 'openai-embeddings', model: 'x', inputs: ['a', 'b'], extras: {}, ...changes }
  const wire = cohereEmbed.embeddingProvider?.writeRequest(request, {
    provider: 'cohere',
    model: 'embed-v4.0',
    dialect: 'cohere-embed',
    keyId: 'k',
    quirks: {},
  })
  assert.ok(wire)
  return { ...JSON.parse(wire.body.toString()), losses: wire.losses }
}

function read(body: unknown): unknown {
  return cohereEmbed.embeddingProvider?.readAnswer(Buffer.from(JSON.stringify(body)))
}

test('texts become vectors of floats, for a store unless told', () => {
  assert.deepEqual(write({ dimensions: 256 }), {
    model: 'embed-v4.0',
    texts: ['a', 'b'],
    input_type: 'search_document',
    embedding_types: ['float'],
    output_dimension: 256,
    losses: [],
  })
})

for (const [purpose, type, losses] of [
  ['search_query', 'search_query', []],
  ['RETRIEVAL_QUERY', 'search_query', []],
  ['RETRIEVAL_DOCUMENT', 'search_document', []],
  ['CLUSTERING', 'clustering', []],
  ['classification', 'classification', []],
  ['something else', 'search_document', ['purpose']],
] as const) {
  test(`${purpose} is ${type}`, () => {
    const { input_type: told, losses: lost } = write({ purpose })
    assert.deepEqual({ told, lost }, { told: type, lost: losses })
  })
}

test('what Cohere has no place for is lost, and token ids are refused', () => {
  assert.deepEqual(write({ user: 'u', extras: { x: 1 } })['losses'], ['user', 'extras.x'])
  assert.throws(
    () => write({ inputs: [[1, 2]] }),
    ({ failure }: RefusedCall) => failure.reason === 'unsupported',
  )
})

test('vectors come in the order of the texts, with what was billed', () => {
  const usage = { inputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'provider' }
  assert.deepEqual(
    read({
      id: 'x',
      embeddings: {
        float: [
          [0.5, -1],
          [2, 3],
        ],
      },
      meta: { billed_units: { input_tokens: 7 } },
    }),
    {
      vectors: {
        vectors: [
          [0.5, -1],
          [2, 3],
        ],
        usage,
      },
    },
  )
})

for (const body of [null, [], {}, { embeddings: [[1]] }, { embeddings: { float: [['1']] } }]) {
  test(`${JSON.stringify(body)} is no answer`, () => {
    assert.equal((read(body) as { failure: { reason: string } }).failure.reason, 'bad-answer')
  })
}
