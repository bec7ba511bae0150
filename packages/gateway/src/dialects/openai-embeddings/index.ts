/** OpenAI embeddings: `POST /v1/embeddings`, never streamed. https://platform.openai.com/docs/api-reference/embeddings */
import type { Dialect } from '../dialect.ts'
import { writeOpenAiFailure, writeOpenAiStreamFailure } from '../openai/failure.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { sketchJson } from '../sketch-json.ts'
import { spliceRequest } from '../splice-request.ts'
import { readEmbedRequest, writeEmbedAnswer } from './caller.ts'
import { checkEmbedAnswer } from './passage.ts'
import { readEmbedAnswer, writeEmbedRequest } from './provider.ts'

export const openAiEmbeddings: Dialect = {
  name: 'openai-embeddings',
  operation: 'embed',
  // `stream` has no meaning here; whatever a caller puts there travels on as it is.
  sketch: (body, ask) => ({ ...sketchJson(body, { maxTokens: [], once: ['model', 'encoding_format', 'input'] }, ask), stream: false }),
  writeRequest: spliceRequest,
  readAnswer: checkEmbedAnswer,
  readFailure: readProviderFailure,
  writeFailure: writeOpenAiFailure,
  writeStreamFailure: writeOpenAiStreamFailure,
  terminator: Buffer.alloc(0),
  countsNothing: true,
  embeddingCaller: { readRequest: readEmbedRequest, writeAnswer: writeEmbedAnswer },
  embeddingProvider: { writeRequest: writeEmbedRequest, readAnswer: readEmbedAnswer },
}
