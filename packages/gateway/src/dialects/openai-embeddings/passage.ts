/**
 * Answers that pass through: looked at without being built, unless the provider gave another form of vectors than was asked for.
 * The official SDK asks for base64 by itself, and releases in use decode whatever comes: numbers would become other numbers.
 */
import type { AnswerAsk, CheckedAnswer } from '../dialect.ts'
import { checkListAnswer, inputUsage } from '../media/answer.ts'
import { isRecord, parseJson } from '../wire.ts'
import { encodingFormatOf } from './caller.ts'
import { readVector, toBase64 } from './vectors.ts'
import type { EncodingFormat } from './vectors.ts'

export function checkEmbedAnswer(body: Buffer, ask?: AnswerAsk): CheckedAnswer {
  const checked = checkListAnswer(body, { lists: ['data'], usageIn: (field) => inputUsage(field('usage')) })
  if (checked.failure !== undefined || ask === undefined) return checked
  const asked = encodingFormatOf(ask.sketch)
  const given = formatIn(body)
  if (asked === undefined || given === undefined || given === asked) return checked
  const fixed = inFormat(body, asked)
  return fixed === undefined ? checked : { ...checked, body: fixed }
}

const firstEmbedding = /"embedding"\s*:\s*(["[])/
/** Far behind the first vector's beginning, whatever stands in front of it. */
const headBytes = 4096

/** The form of the first vector; the others have the same. */
function formatIn(body: Buffer): EncodingFormat | undefined {
  const [, first] = firstEmbedding.exec(body.toString('latin1', 0, headBytes)) ?? []
  if (first === undefined) return undefined
  return first === '[' ? 'float' : 'base64'
}

/** The answer with its vectors in that form and all else as it is; undefined where something in it is no vector. */
function inFormat(body: Buffer, format: EncodingFormat): Buffer | undefined {
  const json = parseJson(body.toString())
  if (!isRecord(json)) return undefined
  const { data } = json
  if (!Array.isArray(data)) return undefined
  const items = data.map((item: unknown) => (isRecord(item) ? itemIn(item, format) : undefined))
  return items.includes(undefined) ? undefined : Buffer.from(JSON.stringify({ ...json, data: items }))
}

function itemIn(item: Record<string, unknown>, format: EncodingFormat): Record<string, unknown> | undefined {
  const vector = readVector(item['embedding'])
  if (vector === undefined) return undefined
  return { ...item, embedding: format === 'base64' ? toBase64(vector) : vector }
}
