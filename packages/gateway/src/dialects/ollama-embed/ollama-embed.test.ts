import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalEmbedding } from '../canonical/embeddings.ts'
import { bareAsk } from '../dialect.ts'
import type { Sketch } from '../dialect.ts'
import { ollamaEmbed } from './index.ts'

const target = { provider: 'p', model: 'minilm', dialect: 'ollama-embed', keyId: 'k', quirks: {} } as const

function sketchOf(body: object): Sketch {
  return ollamaEmbed.sketch(Buffer.from(JSON.stringify({ model: 'm', ...body })), bareAsk)
}

function read(body: object): CanonicalEmbedding {
  return ollamaEmbed.embeddingCaller?.readRequest(sketchOf(body)) ?? assert.fail()
}

test('one text or several, in the present form and in the older one', () => {
  assert.deepEqual(read({ input: 'a' }).inputs, ['a'])
  assert.deepEqual(read({ input: ['a', 'b'], dimensions: 5, truncate: true }), {
    from: 'ollama-embed',
    model: 'm',
    inputs: ['a', 'b'],
    dimensions: 5,
    extras: { truncate: true },
  })
  assert.deepEqual(read({ prompt: 'old' }).inputs, ['old'])
  assert.throws(() => read({ input: [1, 2] }), /`input` must be a text or a list of texts/)
  assert.throws(() => read({ prompt: '' }), /`prompt`/)
})

test('nothing is streamed, and the older form never goes through as it is', () => {
  assert.deepEqual([sketchOf({ input: 'a' }).stream, sketchOf({ input: 'a' }).rebuild], [false, undefined])
  assert.equal(sketchOf({ prompt: 'a' }).rebuild, true)
})

test('each form gets its own answer', () => {
  const usage = {
    inputTokens: 4,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    source: 'provider',
  } as const
  const written = (body: object): unknown =>
    JSON.parse(
      ollamaEmbed.embeddingCaller?.writeAnswer({ vectors: [[1, 2]], usage }, { model: 'm', sketch: sketchOf(body) }).toString() ?? '',
    )
  assert.deepEqual(written({ input: 'a' }), { model: 'm', embeddings: [[1, 2]], total_duration: 0, load_duration: 0, prompt_eval_count: 4 })
  assert.deepEqual(written({ prompt: 'a' }), { embedding: [1, 2] })
})

const write = (request: Partial<CanonicalEmbedding>): { body: unknown; losses: readonly string[] } => {
  const whole: CanonicalEmbedding = { from: 'openai-embeddings', model: 'm', inputs: ['a'], extras: {}, ...request }
  const { body, losses } = ollamaEmbed.embeddingProvider?.writeRequest(whole, target) ?? assert.fail()
  return { body: JSON.parse(body.toString()), losses }
}

test('requests for Ollama keep what it takes and say what it does not', () => {
  assert.deepEqual(write({ dimensions: 3, user: 'u', extras: { new: 1 } }), {
    body: { model: 'minilm', input: ['a'], dimensions: 3 },
    losses: ['user', 'extras.new'],
  })
  assert.deepEqual(write({ from: 'ollama-embed', extras: { keep_alive: '1m' } }).body, { model: 'minilm', input: ['a'], keep_alive: '1m' })
  assert.throws(() => write({ inputs: [[1, 2]] }), /not token ids/)
})

const answered = (text: string): ReturnType<NonNullable<typeof ollamaEmbed.embeddingProvider>['readAnswer']> =>
  ollamaEmbed.embeddingProvider?.readAnswer(Buffer.from(text)) ?? assert.fail()

test('answers are vectors or failures', () => {
  const told = answered('{"model":"m","embeddings":[[0.5]],"prompt_eval_count":3}')
  assert.ok(told.failure === undefined)
  assert.deepEqual([told.vectors.vectors, told.vectors.usage?.inputTokens], [[[0.5]], 3])
  assert.equal(answered('{"embeddings":[["a"]]}').failure?.reason, 'bad-answer')
  assert.equal(answered('{"error":"model \\"m\\" not found"}').failure?.message, 'model "m" not found')
  assert.equal(answered('').failure?.reason, 'bad-answer')
})
