/** Why Gemini stopped, in its words and in ours. */
import type { Finish } from '../canonical/answer.ts'
import { fieldOf, recordIn, recordsIn } from './fields.ts'
import type { Fields } from './fields.ts'

/** `error`: the answer is unusable, which no caller may take for the end of it. */
const meanings: Readonly<Record<string, Finish | 'error'>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // A new call could go on from here; this one is at its limit.
  CONTINUATION: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  LANGUAGE: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  MODEL_ARMOR: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'error',
  MALFORMED_RESPONSE: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  OTHER: 'error',
  NO_IMAGE: 'error',
  IMAGE_OTHER: 'error',
}

/** Vertex writes enums as numbers where it is asked to (`enum-encoding=int`): google.cloud.aiplatform.v1.Candidate.FinishReason. */
const numbered: readonly string[] = [
  'FINISH_REASON_UNSPECIFIED',
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'MODEL_ARMOR',
]

export const unspecified = 'FINISH_REASON_UNSPECIFIED'

/** The reason by its name; undefined where none is given. */
export function finishName(value: unknown): string | undefined {
  if (typeof value === 'number') return numbered[value] ?? `FINISH_REASON_${value}`
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function finishFrom(name: string): Finish | 'error' {
  return Object.hasOwn(meanings, name) ? (meanings[name] ?? 'other') : 'other'
}

const words: Readonly<Record<Finish, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  'tool-calls': 'STOP',
  pause: 'STOP',
  length: 'MAX_TOKENS',
  'context-full': 'MAX_TOKENS',
  'content-filter': 'SAFETY',
  other: 'OTHER',
}

/** A word of Gemini's own that comes back to a caller of Gemini stays what it was. */
export function finishTo(finish: Finish, raw: string | undefined): string {
  return raw !== undefined && Object.hasOwn(meanings, raw) && finishFrom(raw) === finish ? raw : words[finish]
}

/** Whether an object of a stream says why it ended. */
export function hasFinish(response: Fields): boolean {
  if (blockReason(response) !== undefined) return true
  return recordsIn(response, 'candidates').some((candidate) => {
    const name = finishName(fieldOf(candidate, 'finishReason'))
    return name !== undefined && name !== unspecified
  })
}

/** Why the prompt was refused; then there are no candidates. */
export function blockReason(response: Fields): string | undefined {
  const feedback = recordIn(response, 'promptFeedback')
  const reason = feedback === undefined ? undefined : fieldOf(feedback, 'blockReason')
  return typeof reason === 'string' || typeof reason === 'number' ? String(reason) : undefined
}
