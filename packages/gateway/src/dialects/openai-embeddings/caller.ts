/** Embeddings as callers of OpenAI ask for them and get them. */
import type { CanonicalEmbedding, CanonicalVectors } from '../canonical/embeddings.ts'
import type { Sketch } from '../dialect.ts'
import { badField, readValue } from '../sketch-json.ts'
import { isNumbers, toBase64 } from './vectors.ts'
import type { EncodingFormat } from './vectors.ts'

/** Fields with a place of their own; `stream` has no meaning here. */
const known = new Set(['model', 'input', 'dimensions', 'encoding_format', 'input_type', 'user', 'stream'])

/** @throws RefusedCall (400) naming the field at fault. */
export function readEmbedRequest(sketch: Sketch): CanonicalEmbedding {
  const { members, bytes } = sketch
  const fields = new Map(members.map((member) => [member.key, readValue(bytes, member)]))
  const dimensions = readDimensions(fields.get('dimensions'))
  const purpose = readText('input_type', fields.get('input_type'))
  const user = readText('user', fields.get('user'))
  if (encodingFormatOf(sketch) === undefined) throw badField('encoding_format', '`encoding_format` must be `float` or `base64`.')
  return {
    from: 'openai-embeddings',
    model: sketch.model,
    inputs: readInputs(fields.get('input')),
    ...(dimensions !== undefined && { dimensions }),
    ...(purpose !== undefined && { purpose }),
    ...(user !== undefined && { user }),
    extras: Object.fromEntries([...fields].filter(([name, value]) => !known.has(name) && value !== null)),
  }
}

/** `float` where the caller does not say; undefined where it names a form that only its provider knows. */
export function encodingFormatOf({ members, bytes }: Sketch): EncodingFormat | undefined {
  const member = members.findLast(({ key }) => key === 'encoding_format')
  const value = member === undefined ? null : readValue(bytes, member)
  if (value === null || value === 'float') return 'float'
  return value === 'base64' ? value : undefined
}

/** One text, one text in tokens, or a list of either; undefined where it is none of these, or empty. */
export function inputsIn(input: unknown): CanonicalEmbedding['inputs'] | undefined {
  if (typeof input === 'string') return input === '' ? undefined : [input]
  if (isTokens(input)) return [input]
  if (!Array.isArray(input) || input.length === 0) return undefined
  return input.every(isInput) ? input : undefined
}

function isInput(value: unknown): value is string | readonly number[] {
  return typeof value === 'string' ? value !== '' : isTokens(value)
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && isNumbers(value) && value.every(isToken)
}

function isToken(token: number): boolean {
  return Number.isSafeInteger(token) && token >= 0
}

function readInputs(input: unknown): CanonicalEmbedding['inputs'] {
  const inputs = inputsIn(input)
  if (inputs !== undefined) return inputs
  throw badField('input', '`input` must be a text, a list of token ids, or a list of either, and not empty.')
}

function readDimensions(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw badField('dimensions', '`dimensions` must be a whole number of at least 1.')
}

function readText(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  throw badField(name, `\`${name}\` must be a text.`)
}

/** What the SDKs read needs a count: 0 stands for one that the provider did not tell. */
export function writeEmbedAnswer({ vectors, usage }: CanonicalVectors, { model, sketch }: { model: string; sketch: Sketch }): Buffer {
  const format = encodingFormatOf(sketch)
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: format === 'base64' ? toBase64(vector) : vector,
  }))
  const tokens = usage === undefined ? 0 : usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  return Buffer.from(JSON.stringify({ object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }))
}
