/** Reads a whole answer of Ollama's: whether it is one, and what it used. */
import type { Failure } from '../../domain/failure.ts'
import type { CheckedAnswer } from '../dialect.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'
import { usageFromOllama } from './usage.ts'

export type ReadObject = { readonly json: Record<string, unknown>; readonly failure?: undefined } | { readonly failure: Failure }

const notAnAnswer = (message: string): ReadObject => ({ failure: { reason: 'bad-answer', message, sent: 'yes' } })

/** `field` is what an answer of this kind cannot be without: `message`, `response` or `embeddings`. */
export function readOllamaObject(body: Buffer, field: string): ReadObject {
  if (body.length === 0) return notAnAnswer('The provider sent an empty answer.')
  const text = body.toString()
  const json = parseJson(text)
  if (!isRecord(json)) return notAnAnswer('The provider sent an answer that is not a JSON object.')
  if (json['error'] !== undefined && json['error'] !== null) return { failure: streamErrorFailure(text) }
  return json[field] === undefined ? notAnAnswer(`The provider sent an answer without \`${field}\`.`) : { json }
}

export function checkOllamaAnswer(body: Buffer, field: string): CheckedAnswer {
  const read = readOllamaObject(body, field)
  return read.failure === undefined
    ? { usage: usageFromOllama(read.json), failure: undefined }
    : { usage: undefined, failure: read.failure }
}
