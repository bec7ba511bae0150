/**
 * Gemini's embeddings: `POST /v1beta/models/{model}:batchEmbedContents`, and `:embedContent` for one.
 * https://ai.google.dev/api/embeddings
 */
import type { CheckedAnswer, Dialect, RequestChanges, Sketch } from '../dialect.ts'
import { writeGeminiFailure, writeGeminiStreamFailure } from '../gemini-generate/failure.ts'
import { fieldOf } from '../gemini-generate/fields.ts'
import { withModel } from '../gemini-generate/nested-model.ts'
import { sketchGemini } from '../gemini-generate/sketch.ts'
import { usageFromGemini } from '../gemini-generate/usage.ts'
import type { Member } from '../json-scan.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { readValue } from '../sketch-json.ts'
import { spliceRequest } from '../splice-request.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'
import { isBatch, readEmbedRequest, writeEmbedAnswer } from './caller.ts'
import { geminiEmbedProvider, notVectors } from './provider.ts'

export const geminiEmbed: Dialect = {
  name: 'gemini-embed',
  operation: 'embed',
  // Providers are always asked for batches: a request for one is put into the form of several.
  sketch: (body, ask) => {
    const sketch = sketchGemini(body, { ...ask, stream: false })
    return isBatch(sketch) ? sketch : { ...sketch, rebuild: true }
  },
  writeRequest,
  readAnswer: readVectors,
  readFailure: readProviderFailure,
  writeFailure: writeGeminiFailure,
  writeStreamFailure: writeGeminiStreamFailure,
  terminator: Buffer.alloc(0),
  embeddingCaller: { readRequest: readEmbedRequest, writeAnswer: writeEmbedAnswer },
  embeddingProvider: geminiEmbedProvider,
}

function writeRequest(sketch: Sketch, changes: RequestChanges): Buffer {
  return spliceRequest(sketch, { ...changes, defaults: {} }, { replace: (member) => replacementOf(sketch, member, changes.model) })
}

function replacementOf({ bytes }: Sketch, member: Member, model: string): string | undefined {
  if (member.key === 'model') return JSON.stringify(`models/${model}`)
  if (member.key !== 'requests') return undefined
  const requests = readValue(bytes, member)
  if (!Array.isArray(requests)) return undefined
  const named = requests.map((request) => withModel(request, model))
  if (named.every((request) => request === undefined)) return undefined
  return JSON.stringify(named.map((request, at): unknown => request ?? requests[at]))
}

function readVectors(body: Buffer): CheckedAnswer {
  const text = body.toString()
  const json = parseJson(text)
  if (!isRecord(json)) return { usage: undefined, failure: notVectors }
  if (Array.isArray(json['embeddings'])) return { usage: usageFromGemini(fieldOf(json, 'usageMetadata')), failure: undefined }
  return { usage: undefined, failure: json['error'] === undefined ? notVectors : streamErrorFailure(text) }
}
