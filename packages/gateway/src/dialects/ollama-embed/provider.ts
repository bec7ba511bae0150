/** Embeddings as Ollama gives them. */
import { refuse } from '../../domain/failure.ts'
import type { Failure } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { CanonicalEmbedding, CanonicalVectors } from '../canonical/embeddings.ts'
import type { WireRequest } from '../dialect.ts'
import { readOllamaObject } from '../ollama/answer.ts'
import { usageFromOllama } from '../ollama/usage.ts'
import { textIn } from '../wire.ts'

/** @throws RefusedCall `unsupported` for texts that are cut into tokens already. */
export function writeEmbedRequest(request: CanonicalEmbedding, { model }: TranslationTarget): WireRequest {
  const { inputs, dimensions, extras, from } = request
  const input = inputs.map((each) => {
    if (typeof each === 'string') return each
    throw refuse('unsupported', 'Ollama embeds texts, not token ids. Send the text itself.', { param: 'input' })
  })
  const isOwn = from === 'ollama-embed'
  const lost: string[] = (['purpose', 'user'] as const).filter((field) => request[field] !== undefined)
  if (!isOwn) lost.push(...Object.keys(extras).map((field) => `extras.${field}`))
  const body = { model, input, ...(dimensions !== undefined && { dimensions }), ...(isOwn && extras) }
  return { body: Buffer.from(JSON.stringify(body)), losses: lost }
}

type ReadVectors = { readonly vectors: CanonicalVectors; readonly failure?: undefined } | { readonly failure: Failure }

export function readVectors(body: Buffer): ReadVectors {
  const read = readOllamaObject(body, 'embeddings')
  if (read.failure !== undefined) return { failure: read.failure }
  const { json } = read
  const vectors: unknown = json['embeddings']
  if (!Array.isArray(vectors) || !vectors.every(isVector)) {
    return { failure: { reason: 'bad-answer', message: 'The provider sent embeddings that are no lists of numbers.', sent: 'yes' } }
  }
  const usage = usageFromOllama(json)
  const model = textIn(json['model'])
  return { vectors: { vectors, ...(model !== undefined && { model }), ...(usage !== undefined && { usage }) } }
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number')
}
