/** OpenAI embeddings: `POST /v1/embeddings`, never streamed. https://platform.openai.com/docs/api-reference/embeddings */
import type { Dialect } from '../dialect.ts'
import { readOpenAiAnswer } from '../openai/answer.ts'
import { writeOpenAiFailure, writeOpenAiStreamFailure } from '../openai/failure.ts'
import { writeOpenAiRequest } from '../openai/request.ts'
import { sketchOpenAi } from '../openai/sketch.ts'
import { readProviderFailure } from '../provider-failure.ts'

export const openAiEmbeddings: Dialect = {
  name: 'openai-embeddings',
  operation: 'embed',
  // `stream` has no meaning here; whatever a caller puts there travels on as it is.
  sketch: (body, ask) => ({ ...sketchOpenAi(body, ask), stream: false }),
  writeRequest: writeOpenAiRequest,
  readAnswer: (body) => readOpenAiAnswer(body, 'data'),
  readFailure: readProviderFailure,
  writeFailure: writeOpenAiFailure,
  writeStreamFailure: writeOpenAiStreamFailure,
  terminator: Buffer.alloc(0),
}
