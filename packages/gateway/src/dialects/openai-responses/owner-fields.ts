/** The owner's parameters of a model, which the configuration names as chat does, under the names of the Responses API. */
import { isRecord } from '../wire.ts'

type Fields = Readonly<Record<string, unknown>>

export interface OwnerFields {
  /** Fill gaps. */
  readonly defaults: Fields
  /** Replaces what the caller asks for. */
  readonly effort: unknown
}

const names: Readonly<Record<string, string>> = { max_tokens: 'max_output_tokens', max_completion_tokens: 'max_output_tokens' }

export function ownerFields(defaults: Fields): OwnerFields {
  const { reasoning_effort: effort, ...others } = defaults
  return { defaults: Object.fromEntries(Object.entries(others).map(([name, value]) => [names[name] ?? name, value])), effort }
}

/** `reasoning` with the owner's effort; undefined: the owner says nothing. */
export function withEffort(reasoning: unknown, effort: unknown): Fields | undefined {
  return effort === undefined ? undefined : { ...(isRecord(reasoning) && reasoning), effort }
}
