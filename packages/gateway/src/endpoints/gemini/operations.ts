/** `POST /v1beta/models/{id}:…` and the same below `/v1`, where newer clients ask: what is asked stands behind the model's name. */
import type { OperationEndpoint } from '../endpoint.ts'
import { countHere } from './count-tokens.ts'

type Asked = Pick<OperationEndpoint, 'operation' | 'dialect' | 'streams' | 'answerHere'>

function asking(verb: string, asked: Asked): readonly OperationEndpoint[] {
  return [askingBelow('/v1beta', verb, asked), askingBelow('/v1', verb, asked)]
}

function askingBelow(version: string, verb: string, asked: Asked): OperationEndpoint {
  return { kind: 'operation', method: 'POST', path: `${version}/models/{id}:${verb}`, access: 'key', rootOnly: true, ...asked }
}

export const geminiOperations: readonly OperationEndpoint[] = [
  ...asking('generateContent', { operation: 'chat', dialect: 'gemini-generate', streams: false }),
  ...asking('streamGenerateContent', { operation: 'chat', dialect: 'gemini-generate', streams: true }),
  ...asking('countTokens', { operation: 'count', dialect: 'gemini-count', answerHere: countHere }),
  ...asking('embedContent', { operation: 'embed', dialect: 'gemini-embed' }),
  ...asking('batchEmbedContents', { operation: 'embed', dialect: 'gemini-embed' }),
]
