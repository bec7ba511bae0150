/** Gemini as its providers speak it: Google's own API and Vertex. */
import type { ProviderSide } from '../dialect.ts'
import { GeminiReader, readGeminiAnswer } from './read-answer.ts'
import { writeGeminiRequest } from './write-request.ts'

export const geminiProvider: ProviderSide = {
  fetchesNoImages: true,
  writeRequest: writeGeminiRequest,
  readAnswer: readGeminiAnswer,
  openReader: (origin, _target, request) => new GeminiReader(origin, request),
}
