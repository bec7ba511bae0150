/** Gemini: `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`. https://ai.google.dev/api/generate-content */
import type { Dialect } from '../dialect.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { writeGeminiFailure, writeGeminiStreamFailure } from './failure.ts'
import { geminiProvider } from './provider.ts'
import { checkGeminiAnswer } from './read-answer.ts'
import { readGeminiRequest } from './read-request.ts'
import { isArrayStream, sketchGemini, spliceGemini } from './sketch.ts'
import { GeminiWriter } from './stream-writer.ts'
import { GeminiTap } from './tap.ts'
import { writeGeminiAnswer } from './write-answer.ts'

export const geminiGenerate: Dialect = {
  name: 'gemini-generate',
  operation: 'chat',
  sketch: sketchGemini,
  writeRequest: spliceGemini,
  readAnswer: checkGeminiAnswer,
  openTap: (sketch) => new GeminiTap(isArrayStream(sketch)),
  readFailure: readProviderFailure,
  writeFailure: writeGeminiFailure,
  writeStreamFailure: writeGeminiStreamFailure,
  // The end of the bytes is the end of the stream.
  terminator: Buffer.alloc(0),
  caller: {
    readRequest: readGeminiRequest,
    writeAnswer: writeGeminiAnswer,
    openWriter: (ask) => new GeminiWriter(ask),
  },
  provider: geminiProvider,
}
