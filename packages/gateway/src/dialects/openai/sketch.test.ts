import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { bareAsk } from '../dialect.ts'
import { RefusedCall } from '../../domain/failure.ts'
import { sketchOpenAi } from './sketch.ts'

function sketched(text: string): object {
  const { model, stream, maxTokens, maxTokensFields, wantsUsage } = sketchOpenAi(Buffer.from(text), bareAsk)
  return { model, stream, maxTokens, limits: maxTokensFields.map(({ key }) => key), wantsUsage }
}

test('a sketch holds what routing reads', () => {
  assert.deepEqual(
    sketched('{"model":"groq/m","stream":true,"max_tokens":5,"max_completion_tokens":7,"stream_options":{"include_usage":true}}'),
    {
      model: 'groq/m',
      stream: true,
      maxTokens: 7,
      limits: ['max_tokens', 'max_completion_tokens'],
      wantsUsage: true,
    },
  )
})

test('what a request leaves out, or sets to null, is not asked for', () => {
  const plain = { model: 'm', stream: false, maxTokens: undefined, limits: [], wantsUsage: false }
  assert.deepEqual(sketched('{"model":"m"}'), plain)
  assert.deepEqual(sketched('{"model":"m","stream":null,"max_tokens":null,"stream_options":null}'), plain)
  assert.deepEqual(sketched('{"model":"m","stream":"true","stream_options":{"include_usage":1}}'), plain)
})

test('only the top level counts', () => {
  assert.deepEqual(sketched('{"model":"m","metadata":{"model":"x","stream":true,"max_tokens":1}}'), sketched('{"model":"m"}'))
})

for (const [what, body, param, code] of [
  ['no body', '', undefined, undefined],
  ['no JSON', '{"model":', undefined, 'invalid_json'],
  ['no object', '[1]', undefined, 'invalid_json'],
  ['too deep', `{"model":"m","x":${'['.repeat(100)}${']'.repeat(100)}}`, undefined, 'invalid_json'],
  ['no model', '{"messages":[]}', 'model', undefined],
  ['a blank model', '{"model":" \\n"}', 'model', undefined],
  ['a model that is no text', '{"model":["m"]}', 'model', undefined],
  ['a model with a raw control character', `{"model":"${'m'.repeat(80)}\u0001"}`, 'model', undefined],
  ['two models, one in disguise', '{"model":"m","mod\\u0065l":"n"}', 'model', undefined],
  ['two limits of one name', '{"model":"m","max_tokens":1,"max_tokens":2}', 'max_tokens', undefined],
  ['a limit of nothing', '{"model":"m","max_tokens":0}', 'max_tokens', undefined],
  ['a limit in words', '{"model":"m","max_completion_tokens":"5"}', 'max_completion_tokens', undefined],
  ['half a token', '{"model":"m","max_tokens":1.5}', 'max_tokens', undefined],
  ['endless tokens', '{"model":"m","max_tokens":1e999}', 'max_tokens', undefined],
] as const) {
  test(`${what} is a bad request that names its field`, () => {
    assert.throws(
      () => sketchOpenAi(Buffer.from(body), bareAsk),
      (error: unknown) => {
        assert.ok(error instanceof RefusedCall)
        assert.equal(error.status, 400)
        assert.deepEqual({ ...error.details }, { ...(param && { param }), ...(code && { code }) })
        return true
      },
    )
  })
}

test('whatever the bytes, there is a sketch or a refusal', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '"model"',
    ':',
    '"m"',
    ',',
    '"stream"',
    'true',
    '"max_tokens"',
    '1',
    '"stream_options"',
    '{}',
    '[',
    '\u0001',
    'é'.repeat(60),
    '"\\',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.array(pieces).map((parts) => Buffer.from(parts.join(''))),
      ),
      (bytes) => {
        try {
          sketchOpenAi(bytes, bareAsk)
        } catch (error) {
          assert.ok(error instanceof RefusedCall, String(error))
        }
      },
    ),
    { seed: 5, numRuns: 3000 },
  )
})
