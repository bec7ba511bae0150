/** Embeddings in OpenAI's words: read, written, and given in the form that was asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { RefusedCall } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { CanonicalEmbedding, CanonicalVectors } from '../canonical/embeddings.ts'
import { bareAsk } from '../dialect.ts'
import type { Sketch } from '../dialect.ts'
import { readEmbedRequest, writeEmbedAnswer } from './caller.ts'
import { openAiEmbeddings } from './index.ts'
import { checkEmbedAnswer } from './passage.ts'
import { readEmbedAnswer, writeEmbedRequest } from './provider.ts'
import { readVector, toBase64 } from './vectors.ts'

const target: TranslationTarget = { provider: 'p', model: 'm', dialect: 'openai-embeddings', keyId: 'k', quirks: {} }

function sketch(fields: object): Sketch {
  return openAiEmbeddings.sketch(Buffer.from(JSON.stringify({ model: 'alpha/m', ...fields })), bareAsk)
}

function read(fields: object): CanonicalEmbedding {
  return readEmbedRequest(sketch(fields))
}

function bytes(json: unknown): Buffer {
  return Buffer.from(JSON.stringify(json))
}

test('every form of input is read: a text, texts, tokens, lists of tokens', () => {
  for (const [input, inputs] of [
    ['Grüße', ['Grüße']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [[1, 2, 3], [[1, 2, 3]]],
    [
      [[1, 2], [3]],
      [[1, 2], [3]],
    ],
  ]) {
    assert.deepEqual(read({ input }).inputs, inputs)
  }
})

for (const input of [undefined, null, '', [], [''], [[]], 5, [1.5], [-1], ['a', 5], [5, 'a'], [['a']], { text: 'a' }]) {
  test(`the input ${JSON.stringify(input)} is refused, naming the field`, () => {
    assert.throws(() => read({ input }), isRefusal('input'))
  })
}

for (const [field, value] of [
  ['dimensions', 0],
  ['dimensions', '256'],
  ['encoding_format', 'hex'],
  ['user', 5],
] as const) {
  test(`\`${field}\`: ${JSON.stringify(value)} is refused, naming the field`, () => {
    assert.throws(() => read({ input: 'a', [field]: value }), isRefusal(field))
  })
}

function isRefusal(param: string): (error: unknown) => boolean {
  return (error) => error instanceof RefusedCall && error.status === 400 && error.details.param === param
}

test('all fields are read, and unknown ones kept', () => {
  const fields = { input: 'a', dimensions: 256, user: 'me', input_type: 'search_query', encoding_format: 'base64', late_chunking: true }
  assert.deepEqual(read(fields), {
    from: 'openai-embeddings',
    model: 'alpha/m',
    inputs: ['a'],
    dimensions: 256,
    purpose: 'search_query',
    user: 'me',
    extras: { late_chunking: true },
  })
  assert.deepEqual(read({ input: 'a', dimensions: null, user: null, encoding_format: null, other: null }).extras, {})
})

test('a rebuilt request of its own dialect keeps everything but the form of its vectors', () => {
  const fields = { input: ['a'], dimensions: 256, user: 'me', input_type: 'query', late_chunking: true }
  const { body, losses } = writeEmbedRequest(read(fields), target)
  assert.deepEqual([JSON.parse(body.toString()), losses], [{ ...fields, model: 'm', input: 'a' }, []])
})

test('what a target refuses is taken out, renamed or added, and told', () => {
  const asked = read({ input: [[1], [2]], dimensions: 256, user: 'me', toString: 1 })
  const { body, losses } = writeEmbedRequest(asked, {
    ...target,
    removed: ['user', 'toString'],
    renamed: { dimensions: 'size' },
    defaults: { task: 'x' },
  })
  assert.deepEqual(JSON.parse(body.toString()), { task: 'x', size: 256, model: 'm', input: [[1], [2]] })
  assert.deepEqual(losses, ['user', 'extras.toString'])
})

test('a request of another dialect loses what has no place here, by name', () => {
  const { body, losses } = writeEmbedRequest(
    { from: 'ollama-embed', model: 'x', inputs: ['a', 'b'], purpose: 'search_query', extras: { truncate: true } },
    target,
  )
  assert.deepEqual([JSON.parse(body.toString()), losses], [{ model: 'm', input: ['a', 'b'] }, ['purpose', 'extras.truncate']])
})

function vectorsIn(body: Buffer): CanonicalVectors {
  const answer = readEmbedAnswer(body)
  assert.ok(answer.failure === undefined)
  return answer.vectors
}

const vectors = fc.array(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 4,
})

test('base64 is 32-bit floats, the lowest byte first, and comes back as it was', () => {
  assert.equal(toBase64([1, -2.5]), Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]).toString('base64'))
  fc.assert(
    fc.property(vectors, (lists) =>
      assert.deepEqual(
        lists.map((list) => readVector(toBase64(list))),
        lists,
      ),
    ),
  )
  for (const junk of ['', 'AAA=', 5, null, ['x']]) assert.equal(readVector(junk), undefined)
})

test('an answer is written in the form that was asked for, and read back from either', () => {
  const usage = {
    inputTokens: 5,
    cacheReadTokens: 2,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    source: 'provider',
  } as const
  fc.assert(
    fc.property(vectors, fc.constantFrom('float', 'base64', undefined), (lists, format) => {
      const told: CanonicalVectors = { vectors: lists, usage }
      const ask = sketch({ input: 'a', ...(format !== undefined && { encoding_format: format }) })
      const body = writeEmbedAnswer(told, { model: 'alpha/m', sketch: ask })
      const json = JSON.parse(body.toString())
      assert.equal(typeof json.data[0].embedding, format === 'base64' ? 'string' : 'object')
      assert.deepEqual([json.object, json.model, json.usage], ['list', 'alpha/m', { prompt_tokens: 7, total_tokens: 7 }])
      assert.deepEqual(
        vectorsIn(body).vectors.map((list) => list.map(plusZero)),
        lists.map((list) => list.map(plusZero)),
      )
    }),
  )
})

/** JSON has no -0. */
function plusZero(value: number): number {
  return value === 0 ? 0 : value
}

test('vectors out of order are put in order by their index', () => {
  const data = [
    { index: 1, embedding: [2] },
    { index: 0, embedding: [1] },
  ]
  assert.deepEqual(vectorsIn(bytes({ data })).vectors, [[1], [2]])
  assert.equal(vectorsIn(bytes({ data, usage: { total_tokens: 3 } })).usage?.inputTokens, 3)
})

for (const [what, json, reason] of [
  ['no data', { data: [] }, 'bad-answer'],
  ['no vectors', { data: [{ embedding: 'x' }] }, 'bad-answer'],
  ['an error', { error: { message: 'rate limit', code: 429 } }, 'rate-limited'],
  ['no object', 5, 'bad-answer'],
] as const) {
  test(`an answer with ${what} is a failure`, () => assert.equal(readEmbedAnswer(bytes(json)).failure?.reason, reason))
}

function passed(json: object, fields: object): Record<string, unknown> {
  const body = bytes(json)
  const { body: fixed, failure } = checkEmbedAnswer(body, { sketch: sketch({ input: 'a', ...fields }), contentType: 'application/json' })
  assert.equal(failure, undefined)
  return fixed === undefined ? { same: true } : JSON.parse(fixed.toString())
}

test('an answer in another form than was asked for is put into that one, and all else stays', () => {
  const numbers = { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.5, -1], extra: 1 }], odd: true }
  const text = { ...numbers, data: [{ ...numbers.data[0], embedding: toBase64([0.5, -1]) }] }
  assert.deepEqual(passed(numbers, { encoding_format: 'base64' }), text)
  assert.deepEqual(passed(text, { encoding_format: 'float' }), numbers)
  assert.deepEqual(passed(text, {}), numbers)
})

test('an answer in the form that was asked for, or in one that only its provider knows, is left alone', () => {
  const numbers = { data: [{ embedding: [0.5] }] }
  for (const format of ['float', null, 'ubinary']) assert.deepEqual(passed(numbers, { encoding_format: format }), { same: true })
  assert.deepEqual(passed({ data: [{ embedding: toBase64([1]) }] }, { encoding_format: 'base64' }), { same: true })
  assert.deepEqual(passed({ data: [{ embedding: { sparse: [1] } }] }, { encoding_format: 'base64' }), { same: true })
})
