/** Parts of a provider's address that differ from owner to owner, such as the resource in Azure's. */
import { nearest } from '../domain/nearest.ts'
import type { Candidate, KnownProvider } from './candidates.ts'
import { addressPart } from './readings.ts'
import { readVariable } from './settings.ts'
import type { Sources } from './sources.ts'

type Parts = Readonly<Record<string, string>>

/**
 * What the environment says of them, else the file. `incomplete`: one is missing and nothing stands for it, so that the
 * provider has no address; a warning has been given.
 */
export function addressPartsOf(sources: Sources, candidate: Candidate, hasOwnAddress: boolean): Parts | 'incomplete' | undefined {
  const { name, known, written } = candidate
  const fromFile = written?.variables ?? undefined
  // What a provider of the owner's own needs to know is its dialect's to say.
  if (known === undefined) return fromFile
  reportUnknown(sources, name, Object.keys(fromFile ?? {}), known)
  if (known.variables === undefined) return undefined
  const found = { ...fromFile, ...fromEnvironment(sources, known.variables) }
  return hasOwnAddress || isComplete(sources, name, known.variables, found) ? found : 'incomplete'
}

type KnownParts = NonNullable<KnownProvider['variables']>

function fromEnvironment(sources: Sources, parts: KnownParts): Parts {
  const found: Record<string, string> = {}
  for (const [part, { env }] of Object.entries(parts)) {
    const value = readVariable(sources, env, addressPart)
    if (value !== undefined) found[part] = value
  }
  return found
}

function isComplete({ findings }: Sources, name: string, parts: KnownParts, found: Parts): boolean {
  const missing = Object.entries(parts).filter(([part, about]) => found[part] === undefined && about.default === undefined)
  for (const [part, { env, what }] of missing) {
    findings.warnings.push(`${name} is not used: set ${env} or providers.${name}.variables.${part} to ${what}.`)
  }
  return missing.length === 0
}

function reportUnknown({ file, findings }: Sources, name: string, parts: readonly string[], known: KnownProvider): void {
  const existing = Object.keys(known.variables ?? {})
  for (const part of parts) {
    if (existing.includes(part)) continue
    const close = nearest(part, existing, 1)
    const remedy =
      existing.length === 0
        ? 'Remove it.'
        : close.length > 0
          ? `Did you mean ${close.join('')}?`
          : `Those that exist are: ${existing.join(', ')}.`
    const place = file.placeOf(['providers', name, 'variables', part], 'key')
    findings.problems.push({ ...place, message: `The address of ${name} has no such part.`, remedy })
  }
}
