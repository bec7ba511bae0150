/**
 * Rerankings: `POST /v1/rerank` with `{model, query, documents, top_n}`, as Cohere began and Jina, Together, Voyage and local servers
 * took over. https://docs.cohere.com/reference/rerank
 */
import type { Usage } from '../../domain/usage.ts'
import type { Dialect } from '../dialect.ts'
import { checkListAnswer, inputUsage } from '../media/answer.ts'
import { openAiMedia } from '../media/openai-media.ts'
import { sketchJson } from '../sketch-json.ts'
import { spliceRequest } from '../splice-request.ts'
import { isRecord } from '../wire.ts'

export const rerank: Dialect = {
  ...openAiMedia,
  name: 'rerank',
  operation: 'rerank',
  sketch: (body, ask) => ({ ...sketchJson(body, { maxTokens: [], once: ['model'] }, ask), stream: false }),
  writeRequest: spliceRequest,
  // Voyage calls the list `data`; a threshold can leave nothing in it.
  readAnswer: (body) => checkListAnswer(body, { lists: ['results', 'data'], mayBeEmpty: true, usageIn }),
}

/** Cohere bills searches, which are no tokens, and tells tokens only now and then. */
function usageIn(field: (name: string) => unknown): Usage | undefined {
  const meta = field('meta')
  return inputUsage(field('usage')) ?? (isRecord(meta) ? inputUsage(meta['tokens']) : undefined)
}
