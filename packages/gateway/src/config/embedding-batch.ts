/** Whether concurrent requests for embeddings are put together, and how many. */
import type { Config } from './config.ts'
import { defaultEmbeddingBatch } from './defaults.ts'
import { given } from './given.ts'
import { onOrOff } from './readings.ts'
import { setting } from './settings.ts'
import type { Sources } from './sources.ts'

/** On where the file has an entry for it, even an empty one; the environment has the last word. */
export function embeddingBatchOf(sources: Sources): Pick<Config, 'embeddingBatch'> {
  const written = sources.file.content.embeddings?.batch ?? undefined
  const isOn = setting(sources, 'USE_EMBEDDING_BATCHER', onOrOff) ?? written !== undefined
  if (!isOn) return {}
  return { embeddingBatch: { ...defaultEmbeddingBatch, ...given({ maxItems: written?.max_items, maxWaitMs: written?.max_wait_ms }) } }
}
