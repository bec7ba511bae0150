import assert from 'node:assert/strict'
import { test } from 'node:test'
import { estimateUsage } from './estimate-usage.ts'

test('an estimate is marked as one', () => {
  assert.deepEqual(estimateUsage(41, 8), {
    inputTokens: 11,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 2,
    reasoningTokens: 0,
    source: 'estimated',
  })
})

test('sizes that are no sizes count for nothing', () => {
  for (const junk of [-5, 0, Number.NaN, Infinity]) assert.equal(estimateUsage(junk, 8).inputTokens, 0)
})
