/** What a target has no place for, gathered while a request is written. */
import { refuse } from '../../domain/failure.ts'
import type { LossName } from '../../domain/quirks.ts'
import { isRecord } from '../wire.ts'
import type { CanonicalRequest, Sampling } from './request.ts'

export class Losses {
  readonly #names = new Set<LossName>()

  lose(name: LossName): void {
    this.#names.add(name)
  }

  loseAll(names: readonly LossName[]): void {
    for (const name of names) this.#names.add(name)
  }

  get names(): readonly LossName[] {
    return [...this.#names]
  }
}

/** The knobs that are set and not among those the target has. */
export function lostSampling(sampling: Sampling, kept: readonly (keyof Sampling)[]): readonly LossName[] {
  const known: ReadonlySet<string> = new Set(kept)
  return Object.entries(sampling)
    .filter(([name, value]) => value !== undefined && !known.has(name))
    .map(([name]) => name)
}

/** Fields of the caller's dialect that have no canonical name: no other dialect has a place for them. */
export function lostExtras({ extras }: CanonicalRequest): readonly LossName[] {
  return Object.keys(extras).map((field) => `extras.${field}`)
}

/** Whether a field with this value changes what the caller gets, so that leaving it out would be a lie. */
const meaningful: Readonly<Record<string, (value: unknown) => boolean>> = {
  web_search_options: isSet,
  prediction: () => false,
  modalities: (value) => Array.isArray(value) && value.some((each) => each !== 'text'),
  audio: isSet,
  conversation: isSet,
  background: (value) => value === true,
  prompt: isRecord,
  cachedContent: isSet,
  mcp_servers: (value) => Array.isArray(value) && value.length > 0,
  container: isSet,
  documents: (value) => Array.isArray(value) && value.length > 0,
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false
}

/** @throws RefusedCall `unsupported` naming the first field that only its own dialect can honour. */
export function refuseMeaningful({ extras }: CanonicalRequest): void {
  for (const [field, value] of Object.entries(extras)) {
    if (!Object.hasOwn(meaningful, field) || meaningful[field]?.(value) !== true) continue
    throw refuse(
      'unsupported',
      `\`${field}\` cannot be carried over to this model's provider. Leave it out, or ask for a model that has it.`,
      {
        param: field,
      },
    )
  }
}
