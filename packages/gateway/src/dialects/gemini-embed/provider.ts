/** Embeddings as Gemini's providers give them: always as a batch, also for one text. */
import { refuse } from '../../domain/failure.ts'
import type { Failure } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { CanonicalEmbedding, CanonicalVectors } from '../canonical/embeddings.ts'
import type { EmbeddingProviderSide, WireRequest } from '../dialect.ts'
import { fieldOf } from '../gemini-generate/fields.ts'
import { usageFromGemini } from '../gemini-generate/usage.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'

export const geminiEmbedProvider: EmbeddingProviderSide = { writeRequest: writeEmbedRequest, readAnswer: readVectors }

/** Google's word for what others call it; one of its own is in no list and stays what it is. */
const purposes: Readonly<Record<string, string>> = {
  search_query: 'RETRIEVAL_QUERY',
  search_document: 'RETRIEVAL_DOCUMENT',
  query: 'RETRIEVAL_QUERY',
  document: 'RETRIEVAL_DOCUMENT',
  passage: 'RETRIEVAL_DOCUMENT',
}

const ownPurposes: ReadonlySet<string> = new Set([
  'RETRIEVAL_QUERY',
  'RETRIEVAL_DOCUMENT',
  'SEMANTIC_SIMILARITY',
  'CLASSIFICATION',
  'CLUSTERING',
  'QUESTION_ANSWERING',
  'FACT_VERIFICATION',
  'CODE_RETRIEVAL_QUERY',
])

function writeEmbedRequest(request: CanonicalEmbedding, target: TranslationTarget): WireRequest {
  const { from, inputs, dimensions, purpose, user, extras } = request
  const taskType = taskTypeOf(purpose)
  const isOwn = from === 'gemini-embed'
  const wishes = {
    ...(taskType !== undefined && { taskType }),
    ...(dimensions !== undefined && { outputDimensionality: dimensions }),
    ...(isOwn && extras),
  }
  const model = `models/${target.model}`
  const requests = inputs.map((input) => Object.assign({ model, content: { parts: [{ text: textOf(input) }] } }, wishes))
  const losses = [
    ...(user === undefined ? [] : ['user']),
    ...(purpose !== undefined && taskType === undefined ? ['purpose'] : []),
    ...(isOwn ? [] : Object.keys(extras).map((field) => `extras.${field}`)),
  ]
  return { body: Buffer.from(JSON.stringify({ requests })), losses }
}

function taskTypeOf(purpose: string | undefined): string | undefined {
  if (purpose === undefined) return undefined
  const own = purpose.toUpperCase()
  return ownPurposes.has(own) ? own : purposes[purpose.toLowerCase()]
}

function textOf(input: string | readonly number[]): string {
  if (typeof input === 'string') return input
  throw refuse('unsupported', "This model's provider takes texts, not token ids. Send `input` as text.", { param: 'input' })
}

type ReadVectors = { readonly vectors: CanonicalVectors; readonly failure?: undefined } | { readonly failure: Failure }

export const notVectors: Failure = { reason: 'bad-answer', message: 'The provider sent an answer without `embeddings`.', sent: 'yes' }

function readVectors(body: Buffer): ReadVectors {
  const text = body.toString()
  const json = parseJson(text)
  if (!isRecord(json)) return { failure: notVectors }
  if (isRecord(json['error'])) return { failure: streamErrorFailure(text) }
  const { embeddings } = json
  const vectors = Array.isArray(embeddings) ? embeddings.map(valuesOf) : []
  if (!Array.isArray(embeddings) || !vectors.every((vector) => vector !== undefined)) return { failure: notVectors }
  const usage = usageFromGemini(fieldOf(json, 'usageMetadata'))
  return { vectors: { vectors, ...(usage !== undefined && { usage }) } }
}

function valuesOf(embedding: unknown): readonly number[] | undefined {
  const values = isRecord(embedding) ? embedding['values'] : undefined
  return Array.isArray(values) && values.every((each) => typeof each === 'number') ? values : undefined
}
