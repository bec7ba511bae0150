/** Embeddings: vectors computed from the input alone, so that equal inputs get equal vectors. */
import type { SeenCall } from './call.ts'
import { countWords } from './call.ts'
import type { AnswerReply } from './reply.ts'
import { field } from './unknown-json.ts'

const defaultDimensions = 8

/** The answer to an embeddings request. */
export function embeddingsAnswer(reply: AnswerReply, call: SeenCall): object {
  const inputs = inputsOf(field(call.json, 'input'))
  const asked = field(call.json, 'dimensions')
  const dimensions = typeof asked === 'number' ? asked : defaultDimensions
  const base64 = field(call.json, 'encoding_format') === 'base64'
  const data = inputs.map((input, index) => {
    const vector = reply.embeddings?.[index] ?? vectorOf(input, dimensions)
    return { object: 'embedding', index, embedding: base64 ? toBase64(vector) : vector }
  })
  const tokens = inputs.reduce<number>((sum, input) => sum + tokensIn(input), 0)
  const counted = { prompt_tokens: tokens, total_tokens: tokens }
  const usage = reply.usage === null ? {} : { usage: reply.usage ?? counted }
  return { object: 'list', data, model: call.model ?? 'unnamed', ...usage, ...reply.extra }
}

/** A text, a list of texts, one list of token numbers, or a list of such lists. */
function inputsOf(input: unknown): readonly unknown[] {
  if (!Array.isArray(input)) return [input]
  return input.every((item) => typeof item === 'number') && input.length > 0 ? [input] : input
}

function tokensIn(input: unknown): number {
  return Array.isArray(input) ? input.length : Math.max(1, countWords(String(input)))
}

/** A vector of length 1. */
function vectorOf(input: unknown, dimensions: number): readonly number[] {
  let state = hash(JSON.stringify(input) ?? '')
  const raw = Array.from({ length: dimensions }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 0x1_0000_0000 - 0.5
  })
  const length = Math.hypot(...raw)
  return raw.map((value) => Math.fround(value / length))
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01_00_01_93)
  return value >>> 0
}

/** Little-endian 32-bit floats, as the official clients ask for. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
