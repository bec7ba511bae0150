import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { usageFromOpenAi } from './usage.ts'

/** Uncached input, cache read, cache written, output, reasoning. */
function classes(usage: unknown): readonly number[] | undefined {
  const read = usageFromOpenAi(usage)
  return read && [read.inputTokens, read.cacheReadTokens, read.cacheWriteTokens, read.outputTokens, read.reasoningTokens]
}

for (const [what, usage, expected] of [
  ['a plain answer', { prompt_tokens: 13, completion_tokens: 7, total_tokens: 20 }, [13, 0, 0, 7, 0]],
  [
    'a prompt that was partly cached',
    { prompt_tokens: 1420, completion_tokens: 100, total_tokens: 1520, prompt_tokens_details: { cached_tokens: 1280 } },
    [140, 1280, 0, 100, 0],
  ],
  [
    'a prompt that was partly written to a cache',
    { prompt_tokens: 100, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 50 } },
    [40, 10, 50, 1, 0],
  ],
  [
    'reasoning inside the completion',
    { prompt_tokens: 53, completion_tokens: 469, total_tokens: 522, completion_tokens_details: { reasoning_tokens: 448 } },
    [53, 0, 0, 469, 448],
  ],
  [
    'xAI: reasoning beside the completion',
    { prompt_tokens: 12, completion_tokens: 1, total_tokens: 241, completion_tokens_details: { reasoning_tokens: 228 } },
    [12, 0, 0, 229, 228],
  ],
  [
    'more reasoning than completion, without a total',
    { prompt_tokens: 5, completion_tokens: 1, completion_tokens_details: { reasoning_tokens: 9 } },
    [5, 0, 0, 10, 9],
  ],
  [
    'OpenRouter: more reasoning than completion, though the completion is all there is',
    { prompt_tokens: 43, completion_tokens: 10, total_tokens: 53, completion_tokens_details: { reasoning_tokens: 11 } },
    [43, 0, 0, 10, 10],
  ],
  ['Google: thinking only in the total', { prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 }, [35, 0, 0, 74, 62]],
  [
    'DeepSeek: hits and misses of the cache',
    { prompt_tokens: 384, completion_tokens: 67, total_tokens: 451, prompt_cache_hit_tokens: 300, prompt_cache_miss_tokens: 84 },
    [84, 300, 0, 67, 0],
  ],
  ['DeepSeek without a sum', { completion_tokens: 67, prompt_cache_hit_tokens: 300, prompt_cache_miss_tokens: 84 }, [84, 300, 0, 67, 0]],
  ['Mistral: audio in the total', { prompt_tokens: 9, completion_tokens: 3, total_tokens: 644, prompt_audio_seconds: 4 }, [9, 0, 0, 3, 0]],
  ['embeddings', { prompt_tokens: 8, total_tokens: 8 }, [8, 0, 0, 0, 0]],
  [
    'the responses API',
    { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 2, total_tokens: 11 },
    [5, 4, 0, 2, 0],
  ],
  ['more cached than there was', { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 9 } }, [0, 5, 0, 1, 0]],
  ['null for details', { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: null }, [5, 0, 0, 1, 0]],
] as const) {
  test(`usage of ${what}`, () => assert.deepEqual(classes(usage), expected))
}

test('what is not a believable count is unknown', () => {
  for (const junk of [-1, '12', 1e308, Number.NaN, 1.5, Infinity, {}, true]) {
    assert.equal(usageFromOpenAi({ prompt_tokens: junk, completion_tokens: 5 }), undefined)
    assert.equal(usageFromOpenAi({ prompt_tokens: 5, completion_tokens: junk }), undefined)
  }
  for (const junk of [undefined, null, {}, [], 'x', 3, { prompt_tokens: null }, { prompt_tokens: 0, completion_tokens: 0 }]) {
    assert.equal(usageFromOpenAi(junk), undefined)
  }
})

test('whatever comes, the parts are whole, not negative, and add up', () => {
  const count = fc.oneof(fc.nat(5000), fc.constantFrom(undefined, null, -3, '7', 1e308, Number.NaN, 2.5, {}))
  const details = fc.option(fc.record({ cached_tokens: count, cache_write_tokens: count, reasoning_tokens: count }), { nil: undefined })
  const usages = fc.record({
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_cache_hit_tokens: count,
    prompt_cache_miss_tokens: count,
    prompt_tokens_details: details,
    completion_tokens_details: details,
  })
  fc.assert(
    fc.property(fc.oneof(usages, fc.anything()), (usage) => {
      const read = classes(usage)
      if (read === undefined) return
      const [input = 0, cacheRead = 0, cacheWrite = 0, output = 0, reasoning = 0] = read
      for (const part of read) assert.ok(Number.isInteger(part) && part >= 0)
      assert.ok(reasoning <= output)
      const { prompt_tokens: prompt } = Object(usage)
      if (typeof prompt === 'number') assert.equal(input + cacheRead + cacheWrite, prompt)
    }),
    { seed: 7, numRuns: 2000 },
  )
})
