/** Reads what routing needs from a request body that is one JSON object, without building it. */
import { refuse } from '../domain/failure.ts'
import type { RefusedCall } from '../domain/failure.ts'
import type { Sketch, SketchAsk } from './dialect.ts'
import { JsonFault, scanMembers } from './json-scan.ts'
import type { Member } from './json-scan.ts'

/** Which members of its requests a dialect gives a meaning to. */
export interface SketchRule {
  /** Names of the answer's limit. */
  readonly maxTokens: readonly string[]
  /** Given twice, two readers could understand the request differently. */
  readonly once: readonly string[]
  /** The body may leave the model out: the path or the gateway names it. */
  readonly modelElsewhere?: boolean
}

/**
 * The sketch of a request.
 * @throws RefusedCall (400) when the body is no JSON object, or a field that routing needs is missing or malformed.
 */
export function sketchJson(bytes: Buffer, rule: SketchRule, ask: SketchAsk): Sketch {
  return sketchMembers({ bytes, members: readMembers(bytes) }, rule, ask)
}

/** The same of a body whose members are known. */
export function sketchMembers({ bytes, members }: Pick<Sketch, 'bytes' | 'members'>, rule: SketchRule, ask: SketchAsk): Sketch {
  const named = new Map<string, Member>()
  for (const member of members) {
    if (!rule.once.includes(member.key)) continue
    if (named.has(member.key)) throw badField(member.key, `\`${member.key}\` is given twice. Send it once.`)
    named.set(member.key, member)
  }
  const maxTokensFields = [...named.values()].filter((member) => rule.maxTokens.includes(member.key) && !isNull(bytes, member))
  const maxTokens = highestOf(bytes, maxTokensFields)
  const elsewhere = ask.model ?? (rule.modelElsewhere === true && !named.has('model') ? ask.defaultModel() : undefined)
  return {
    model: elsewhere ?? readModel(bytes, named.get('model')),
    stream: ask.stream ?? isTrue(bytes, named.get('stream')),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    maxTokensFields,
    wantsUsage: false,
    bytes,
    members,
  }
}

/** The top-level members of a body. @throws RefusedCall (400). */
export function readMembers(bytes: Buffer): Member[] {
  if (bytes.length === 0) throw refuse('bad-request', 'The request has no body. Send a JSON object.')
  try {
    return scanMembers(bytes)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw refuse('bad-request', `Invalid JSON: ${error.message} (at byte ${error.offset}).`, { code: 'invalid_json' })
  }
}

function readModel(bytes: Buffer, member: Member | undefined): string {
  if (member === undefined)
    throw badField('model', '`model` is missing. Name a model such as `groq/llama-3.3-70b-versatile` or `coding-elite`.')
  const model = readValue(bytes, member)
  if (typeof model !== 'string' || model.trim() === '') throw badField('model', '`model` must be a text that names a model.')
  return model
}

/** Both names of the limit may be sent; the higher one is what the call could cost. */
function highestOf(bytes: Buffer, fields: readonly Member[]): number | undefined {
  let highest: number | undefined
  for (const field of fields) {
    const value = readValue(bytes, field)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
      throw badField(field.key, `\`${field.key}\` must be a whole number of at least 1.`)
    }
    if (highest === undefined || value > highest) highest = value
  }
  return highest
}

function isTrue(bytes: Buffer, member: Member | undefined): boolean {
  return member !== undefined && bytes[member.valueStart] === 0x74
}

function isNull(bytes: Buffer, member: Member): boolean {
  return bytes[member.valueStart] === 0x6e
}

/** The value of one member. The scanner lets raw control characters in long texts pass; here they surface as a 400. */
export function readValue(bytes: Buffer, member: Member): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', member.valueStart, member.valueEnd))
  } catch {
    throw badField(member.key, `\`${member.key}\` is not valid JSON.`)
  }
}

export function badField(param: string, message: string): RefusedCall {
  return refuse('bad-request', message, { param })
}
