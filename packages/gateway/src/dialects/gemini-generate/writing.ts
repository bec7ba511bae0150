/** What the writers of a request's parts share. */
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Losses } from '../canonical/losses.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import type { ToolNames } from '../canonical/tool-names.ts'

export interface Writing {
  readonly request: CanonicalRequest
  readonly target: TranslationTarget
  readonly losses: Losses
  readonly names: ToolNames
}

export type Json = Readonly<Record<string, unknown>>

/** The id of a call, on the call and on its result, where the provider takes one. */
export function idOf(id: string, { target }: Writing): Json {
  return id === '' || target.quirks.callsWithoutIds === true ? {} : { id }
}

export interface Content {
  readonly role: 'user' | 'model'
  readonly parts: readonly Json[]
}
