/** Ollama's generation from one prompt: `POST /api/generate`. https://docs.ollama.com/api/generate */
import { checkOllamaAnswer } from '../ollama/answer.ts'
import { writeOllamaFailure, writeOllamaStreamFailure } from '../ollama/failure.ts'
import { writePassedOllama } from '../ollama/pass-through.ts'
import { sketchOllama } from '../ollama/sketch.ts'
import { OllamaTap } from '../ollama/tap.ts'
import { OllamaWriter, writeOllamaAnswer } from '../ollama/writer.ts'
import type { Shape } from '../ollama/writer.ts'
import type { Dialect } from '../dialect.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { textIn } from '../wire.ts'
import { readGenerateRequest } from './read-request.ts'

const noBytes = Buffer.alloc(0)

/** Calls of tools have no place here, and no request can offer any. */
const responseShape: Shape = ({ content, thinking }) => ({ response: content, ...(thinking !== undefined && { thinking }) })

export const ollamaGenerate: Dialect = {
  name: 'ollama-generate',
  operation: 'chat',
  sketch: sketchOllama,
  writeRequest: writePassedOllama,
  readAnswer: (body) => checkOllamaAnswer(body, 'response'),
  openTap: () => new OllamaTap(({ response, thinking }) => textIn(response) !== undefined || textIn(thinking) !== undefined),
  readFailure: readProviderFailure,
  writeFailure: writeOllamaFailure,
  writeStreamFailure: writeOllamaStreamFailure,
  terminator: noBytes,
  streamType: 'application/x-ndjson',
  keepAlive: noBytes,
  caller: {
    readRequest: readGenerateRequest,
    writeAnswer: (answer, ask) => writeOllamaAnswer(answer, ask, responseShape),
    openWriter: (ask) => new OllamaWriter(ask, responseShape),
  },
}
