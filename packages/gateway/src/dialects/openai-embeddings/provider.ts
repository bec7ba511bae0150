/** Embeddings as providers of the OpenAI family want to be asked for them and give them. */
import type { Failure } from '../../domain/failure.ts'
import type { LossName, TranslationTarget } from '../../domain/quirks.ts'
import type { CanonicalEmbedding, CanonicalVectors } from '../canonical/embeddings.ts'
import type { WireRequest } from '../dialect.ts'
import { inputUsage } from '../media/answer.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { readVector } from './vectors.ts'

/** Numbers, not base64: every server of the family has them, and they are what is read into the canonical form. */
export function writeEmbedRequest(request: CanonicalEmbedding, target: TranslationTarget): WireRequest {
  const fields = fieldsOf(request)
  const { removed = [], renamed = {}, defaults = {} } = target
  const kept = fields.filter(({ name }) => !removed.includes(name))
  const named = kept.map(({ name, value }) => [(Object.hasOwn(renamed, name) ? renamed[name] : undefined) ?? name, value])
  const body = { ...defaults, ...Object.fromEntries(named), model: target.model, input: inputOf(request) }
  const refused = fields.filter(({ name }) => removed.includes(name)).map(({ loss }) => loss)
  return { body: Buffer.from(JSON.stringify(body)), losses: [...refused, ...foreignTo(request)] }
}

interface Field {
  readonly name: string
  readonly value: unknown
  readonly loss: LossName
}

function fieldsOf(request: CanonicalEmbedding): readonly Field[] {
  const { dimensions, user, purpose, extras } = request
  const own: Field[] = [
    { name: 'dimensions', value: dimensions, loss: 'dimensions' },
    { name: 'user', value: user, loss: 'user' },
  ]
  if (isOwn(request)) {
    own.push({ name: 'input_type', value: purpose, loss: 'purpose' })
    for (const [name, value] of Object.entries(extras)) own.push({ name, value, loss: `extras.${name}` })
  }
  return own.filter(({ value }) => value !== undefined)
}

function foreignTo(request: CanonicalEmbedding): readonly LossName[] {
  if (isOwn(request)) return []
  const lost = Object.keys(request.extras).map((field) => `extras.${field}`)
  return request.purpose === undefined ? lost : ['purpose', ...lost]
}

function isOwn({ from }: CanonicalEmbedding): boolean {
  return from === 'openai-embeddings'
}

function inputOf({ inputs }: CanonicalEmbedding): unknown {
  const [only] = inputs
  return inputs.length === 1 && typeof only === 'string' ? only : inputs
}

type ReadVectors = { readonly vectors: CanonicalVectors; readonly failure?: undefined } | { readonly failure: Failure }

export function readEmbedAnswer(body: Buffer): ReadVectors {
  const text = body.toString()
  const json = parseJson(text)
  if (!isRecord(json)) return badAnswer('The provider sent an answer that is not a JSON object.')
  const { data, error } = json
  if (!Array.isArray(data) || data.length === 0) {
    return error === undefined || error === null
      ? badAnswer('The provider sent an answer without `data`.')
      : { failure: streamErrorFailure(text) }
  }
  const vectors = inOrder(data).map((item) => (isRecord(item) ? readVector(item['embedding']) : undefined))
  const read = vectors.filter((vector) => vector !== undefined)
  if (read.length < vectors.length) return badAnswer('The provider sent embeddings that are no vectors.')
  const usage = inputUsage(json['usage'])
  const model = textIn(json['model'])
  return { vectors: { vectors: read, ...(model !== undefined && { model }), ...(usage !== undefined && { usage }) } }
}

/** By `index` where every item has one; else as they came. */
export function inOrder(items: readonly unknown[]): readonly unknown[] {
  const places = items.map((item) => (isRecord(item) ? item['index'] : undefined))
  const areTold = new Set(places).size === items.length && places.every((place) => typeof place === 'number')
  return areTold ? items.toSorted((left, right) => indexOf(left) - indexOf(right)) : items
}

function indexOf(item: unknown): number {
  return isRecord(item) ? Number(item['index']) : 0
}

function badAnswer(message: string): { readonly failure: Failure } {
  return { failure: { reason: 'bad-answer', message, sent: 'yes' } }
}
