/** Ollama's embeddings: `POST /api/embed`, and the older `/api/embeddings` for one text. https://docs.ollama.com/api/embed */
import type { Dialect, Sketch } from '../dialect.ts'
import { checkOllamaAnswer } from '../ollama/answer.ts'
import { writeOllamaFailure, writeOllamaStreamFailure } from '../ollama/failure.ts'
import { writePassedOllama } from '../ollama/pass-through.ts'
import { sketchOllama } from '../ollama/sketch.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { isLegacy, readEmbedRequest, writeEmbedAnswer } from './caller.ts'
import { readVectors, writeEmbedRequest } from './provider.ts'

export const ollamaEmbed: Dialect = {
  name: 'ollama-embed',
  operation: 'embed',
  sketch: (body, ask) => {
    const sketch: Sketch = { ...sketchOllama(body, ask), stream: false }
    return isLegacy(sketch) ? { ...sketch, rebuild: true } : sketch
  },
  writeRequest: writePassedOllama,
  readAnswer: (body) => checkOllamaAnswer(body, 'embeddings'),
  readFailure: readProviderFailure,
  writeFailure: writeOllamaFailure,
  writeStreamFailure: writeOllamaStreamFailure,
  terminator: Buffer.alloc(0),
  embeddingCaller: { readRequest: readEmbedRequest, writeAnswer: writeEmbedAnswer },
  embeddingProvider: { writeRequest: writeEmbedRequest, readAnswer: readVectors },
}
