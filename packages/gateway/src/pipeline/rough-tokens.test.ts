import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roughTokens } from './rough-tokens.ts'

const text = (bytes: number): Buffer => Buffer.from('some words '.repeat(Math.ceil(bytes / 11))).subarray(0, bytes)

test('a prompt counts a token for each four bytes, and an answer what is asked for, up to a thousand', () => {
  assert.equal(roughTokens({ bytes: text(4000), maxTokens: 5 }, 'chat'), 1005)
  assert.equal(roughTokens({ bytes: text(4000), maxTokens: 32_000 }, 'chat'), 2000)
  assert.equal(roughTokens({ bytes: text(4000) }, 'chat'), 1400)
  assert.equal(roughTokens({ bytes: text(4000) }, 'complete'), 1400)
})

test('what has no answer in tokens counts its prompt alone, and what is not measured in tokens is not guessed at', () => {
  assert.equal(roughTokens({ bytes: text(4000) }, 'embed'), 1000)
  assert.equal(roughTokens({ bytes: text(4000) }, 'transcribe'), undefined)
  assert.equal(roughTokens({ bytes: text(4000) }, 'image'), undefined)
})

test('an image is a thousand tokens and not its bytes, wherever it stands', () => {
  const image = Buffer.from(Buffer.alloc(900_000, 7).toString('base64'))
  for (const bytes of [Buffer.concat([text(4000), image]), Buffer.concat([image, text(4000)])]) {
    const tokens = roughTokens({ bytes, maxTokens: 1 }, 'chat') ?? 0
    assert.ok(tokens > 500 && tokens < 20_000, String(tokens))
  }
  const words = roughTokens({ bytes: text(1_200_000), maxTokens: 1 }, 'chat') ?? 0
  assert.ok(words > 290_000)
})

test('text without blanks in other scripts is text', () => {
  const chinese = Buffer.from('语言模型推理服务'.repeat(5000))
  assert.equal(roughTokens({ bytes: chinese, maxTokens: 1 }, 'chat'), Math.ceil(chinese.length / 4) + 1)
})
