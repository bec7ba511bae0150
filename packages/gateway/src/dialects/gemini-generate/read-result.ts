/** What a function gave back, between Gemini's object and the parts of a result. */
import type { Part } from '../canonical/parts.ts'
import { isRecord, parseJson } from '../wire.ts'
import { fieldOf, recordsIn } from './fields.ts'
import type { Fields } from './fields.ts'
import { readMedia } from './read-media.ts'

export interface ResultParts {
  readonly parts: readonly Part[]
  readonly isError: boolean
}

/** `output` and `error` are Google's names for a result as text; any other object is the result itself. */
export function readResult(functionResponse: Fields): ResultParts {
  const response = fieldOf(functionResponse, 'response')
  const media = recordsIn(functionResponse, 'parts').map(readMedia)
  const { text, isError } = textOfResponse(response)
  return { parts: text === '' && media.length > 0 ? media : [{ is: 'text', text }, ...media], isError }
}

function textOfResponse(response: unknown): { readonly text: string; readonly isError: boolean } {
  if (response === undefined) return { text: '', isError: false }
  if (!isRecord(response)) return { text: typeof response === 'string' ? response : JSON.stringify(response), isError: false }
  const names = Object.keys(response)
  const { output, error } = response
  if (names.length === 1 && typeof output === 'string') return { text: output, isError: false }
  if (names.length === 1 && error !== undefined) return { text: typeof error === 'string' ? error : JSON.stringify(error), isError: true }
  return { text: JSON.stringify(response), isError: false }
}

/** More digits than a number can hold: to read them would change them. */
const longNumber = /\d{16}/

/** The object that Gemini wants: an object that was given as JSON goes as it is, anything else is wrapped. */
export function responseOf(text: string, isError: boolean): Readonly<Record<string, unknown>> {
  if (isError) return { error: text }
  const json = text.startsWith('{') && !longNumber.test(text) ? parseJson(text) : undefined
  return isRecord(json) ? json : { output: text }
}
