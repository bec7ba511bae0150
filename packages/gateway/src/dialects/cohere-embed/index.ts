/** Embeddings as Cohere's own API has them, version 2: `POST /v2/embed`. https://docs.cohere.com/reference/embed */
import { refuse } from '../../domain/failure.ts'
import type { Failure } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { CanonicalEmbedding, CanonicalVectors } from '../canonical/embeddings.ts'
import { readCohereFailure } from '../cohere-chat/failure.ts'
import { usageFromCohere } from '../cohere-chat/usage.ts'
import type { Dialect, WireRequest } from '../dialect.ts'
import { providerOnly } from '../provider-only.ts'
import { isRecord, parseJson } from '../wire.ts'

export const cohereEmbed: Dialect = providerOnly({
  name: 'cohere-embed',
  operation: 'embed',
  readFailure: readCohereFailure,
  embeddingProvider: { writeRequest: writeEmbedRequest, readAnswer: readVectors },
})

/** Cohere wants to know what the vectors are for; Google's words for it, and Cohere's own. */
const purposes: Readonly<Record<string, string>> = {
  retrieval_query: 'search_query',
  question_answering: 'search_query',
  fact_verification: 'search_query',
  code_retrieval_query: 'search_query',
  retrieval_document: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
  semantic_similarity: 'clustering',
  search_query: 'search_query',
  search_document: 'search_document',
}

function writeEmbedRequest(request: CanonicalEmbedding, target: TranslationTarget): WireRequest {
  const { purpose, dimensions, user, extras } = request
  const known = purpose === undefined ? undefined : purposes[purpose.toLowerCase()]
  const body = {
    model: target.model,
    texts: request.inputs.map(textOf),
    // Whoever does not say is most often filling a store.
    input_type: known ?? 'search_document',
    embedding_types: ['float'],
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  }
  const lost = [...(user === undefined ? [] : ['user']), ...(purpose !== undefined && known === undefined ? ['purpose'] : [])]
  return { body: Buffer.from(JSON.stringify(body)), losses: [...lost, ...Object.keys(extras).map((field) => `extras.${field}`)] }
}

function textOf(input: string | readonly number[]): string {
  if (typeof input === 'string') return input
  throw refuse('unsupported', "This model's provider takes texts, not token ids. Send `input` as text.", { param: 'input' })
}

type ReadVectors = { readonly vectors: CanonicalVectors; readonly failure?: undefined } | { readonly failure: Failure }

const notVectors: Failure = { reason: 'bad-answer', message: 'The provider sent an answer without `embeddings.float`.', sent: 'yes' }

function readVectors(body: Buffer): ReadVectors {
  const json = parseJson(body.toString())
  const embeddings = isRecord(json) ? json['embeddings'] : undefined
  const floats = isRecord(embeddings) ? embeddings['float'] : undefined
  if (!isRecord(json) || !isVectors(floats)) return { failure: notVectors }
  const usage = usageFromCohere(json['meta'])
  return { vectors: { vectors: floats, ...(usage !== undefined && { usage }) } }
}

function isVectors(value: unknown): value is readonly (readonly number[])[] {
  return Array.isArray(value) && value.every((vector) => Array.isArray(vector) && vector.every((each) => typeof each === 'number'))
}
