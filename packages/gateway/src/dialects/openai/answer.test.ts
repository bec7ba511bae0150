import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { openAiChat } from '../openai-chat/index.ts'
import { openAiCompletions } from '../openai-completions/index.ts'
import { openAiEmbeddings } from '../openai-embeddings/index.ts'

test('an answer gives its usage, and none where none is told', () => {
  const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }]
  const read = (usage: unknown): unknown => openAiChat.readAnswer(Buffer.from(JSON.stringify({ choices, usage })))
  const counts = { inputTokens: 3, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 2, reasoningTokens: 0, source: 'provider' }
  assert.deepEqual(read({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }), { usage: counts, failure: undefined })
  assert.deepEqual(read(undefined), { usage: undefined, failure: undefined })
  assert.deepEqual(read('none'), { usage: undefined, failure: undefined })
  const vector = openAiEmbeddings.readAnswer(Buffer.from('{"data":[{"embedding":[0]}],"usage":{"prompt_tokens":3,"total_tokens":3}}'))
  assert.deepEqual(vector.usage, { ...counts, outputTokens: 0 })
})

for (const [what, body, reason] of [
  ['nothing', '', 'bad-answer'],
  ['half a JSON text', '{"choices":[{"mess', 'bad-answer'],
  ['JSON and then garbage', '{"choices":[1]}x', 'bad-answer'],
  ['an array', '[{"choices":[1]}]', 'bad-answer'],
  ['a web page', '<html></html>', 'bad-answer'],
  ['no choices', '{"id":"x"}', 'bad-answer'],
  ['an empty list of choices', '{"choices":[]}', 'bad-answer'],
  ['NaN', '{"choices":[NaN]}', 'bad-answer'],
  ['an error with a status', '{"error":{"message":"slow down","code":429}}', 'rate-limited'],
  ['an error with empty choices', '{"choices":[],"error":{"message":"x","code":"context_length_exceeded"}}', 'context-too-long'],
  [
    'an error wrapped in nothing',
    '{"object":"error","message":"Service unavailable","type":"service_unavailable","code":"3505"}',
    'overloaded',
  ],
  ['an error in words', '{"error":"Model is overloaded"}', 'overloaded'],
] as const) {
  test(`an answer that is ${what} is ${reason}`, () => assert.equal(openAiChat.readAnswer(Buffer.from(body)).failure?.reason, reason))
}

test('an error beside a real answer does not spoil it', () => {
  assert.equal(openAiChat.readAnswer(Buffer.from('{"choices":[{}],"error":null}')).failure, undefined)
})

test('whatever the bytes, an answer is read without an exception', () => {
  const anything = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.anything().map((value) => Buffer.from(JSON.stringify(value) ?? '')),
    fc
      .record({ choices: fc.anything(), data: fc.anything(), error: fc.anything(), usage: fc.anything() }, { requiredKeys: [] })
      .map((value) => Buffer.from(JSON.stringify(value))),
  )
  fc.assert(
    fc.property(anything, (body) => {
      for (const dialect of [openAiChat, openAiCompletions, openAiEmbeddings]) {
        const { failure, usage } = dialect.readAnswer(body)
        assert.ok(failure === undefined || usage === undefined)
      }
    }),
    { seed: 8, numRuns: 1000 },
  )
})
