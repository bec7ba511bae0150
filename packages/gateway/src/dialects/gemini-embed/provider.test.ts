import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefusedCall } from '../../domain/failure.ts'
import type { CanonicalEmbedding } from '../canonical/embeddings.ts'
import { geminiEmbedProvider } from './provider.ts'

function write(changes: Partial<CanonicalEmbedding>): { requests: readonly unknown[]; losses: readonly string[] } {
  const request: CanonicalEmbedding = { from: 'openai-embeddings', model: 'x', inputs: ['a', 'b'], extras: {}, ...changes }
  const target = { provider: 'gemini', model: 'gemini-embedding-001', dialect: 'gemini-embed', keyId: 'k', quirks: {} } as const
  const { body, losses } = geminiEmbedProvider.writeRequest(request, target)
  return { ...(JSON.parse(body.toString()) as { requests: unknown[] }), losses }
}

function read(body: unknown): ReturnType<typeof geminiEmbedProvider.readAnswer> {
  return geminiEmbedProvider.readAnswer(Buffer.from(JSON.stringify(body)))
}

const asked = (text: string): object => ({
  model: 'models/gemini-embedding-001',
  content: { parts: [{ text }] },
  taskType: 'RETRIEVAL_QUERY',
  outputDimensionality: 256,
})

test('each text is a request of its own that names the model', () => {
  assert.deepEqual(write({ dimensions: 256, purpose: 'search_query' }), { requests: [asked('a'), asked('b')], losses: [] })
})

for (const [purpose, taskType, losses] of [
  ['retrieval_document', 'RETRIEVAL_DOCUMENT', []],
  ['search_document', 'RETRIEVAL_DOCUMENT', []],
  ['clustering', 'CLUSTERING', []],
  ['something else', undefined, ['purpose']],
] as const) {
  test(`${purpose} is ${taskType ?? 'lost'}`, () => {
    const { requests, losses: lost } = write({ purpose, inputs: ['a'] })
    assert.deepEqual([JSON.stringify(requests).includes(`"taskType":"${taskType}"`), lost], [taskType !== undefined, losses])
  })
}

test('what Gemini has no place for is lost, its own fields come back, and token ids are refused', () => {
  assert.deepEqual(write({ user: 'u', extras: { x: 1 } }).losses, ['user', 'extras.x'])
  const own = write({ from: 'gemini-embed', inputs: ['a'], extras: { title: 'T' } })
  assert.deepEqual([JSON.stringify(own.requests).includes('"title":"T"'), own.losses], [true, []])
  assert.throws(
    () => write({ inputs: [[1, 2]] }),
    ({ failure }: RefusedCall) => failure.reason === 'unsupported',
  )
})

test('vectors come in the order of the texts, with what was counted', () => {
  const both = read({ embeddings: [{ values: [1, 2] }, { values: [3] }], usageMetadata: { promptTokenCount: 7 } })
  assert.ok(both.failure === undefined)
  const { vectors, usage } = both.vectors
  assert.deepEqual([vectors, usage?.inputTokens], [[[1, 2], [3]], 7])
  const none = read({ embeddings: [] })
  assert.ok(none.failure === undefined && none.vectors.usage === undefined)
})

test('an answer without vectors is a failure, and an error one of its kind', () => {
  for (const body of [{}, { embeddings: [{}] }, { embeddings: 'x' }, 'x', { embeddings: [{ values: ['1'] }] }])
    assert.equal(read(body).failure?.reason, 'bad-answer')
  assert.equal(read({ error: { code: 429, message: 'Slow down', status: 'RESOURCE_EXHAUSTED' } }).failure?.reason, 'quota-exhausted')
})
