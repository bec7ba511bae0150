import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, tryConfig } from './try-config.test.ts'

for (const [what, yaml, env, expected] of [
  ['off where nothing is said', '', {}, undefined],
  ['off where the entry is blank', 'embeddings: { batch: }', {}, undefined],
  ['on with what is usual where the entry is empty', 'embeddings: { batch: {} }', {}, { maxItems: 64, maxWaitMs: 10 }],
  ['on as the file says', 'embeddings: { batch: { max_items: 8, max_wait_ms: 5 } }', {}, { maxItems: 8, maxWaitMs: 5 }],
  ['on by the environment', '', { USE_EMBEDDING_BATCHER: 'true' }, { maxItems: 64, maxWaitMs: 10 }],
  ['off by the environment, whatever the file says', 'embeddings: { batch: {} }', { USE_EMBEDDING_BATCHER: 'false' }, undefined],
] as const) {
  test(`batches of embeddings are ${what}`, () => assert.deepEqual(accepted({ yaml, env }).embeddingBatch, expected))
}

test('a batch of one is no batch', () => {
  assert.match(tryConfig({ yaml: 'embeddings: { batch: { max_items: 1 } }' }).lines.join('\n'), /embeddings\.batch\.max_items/)
})
