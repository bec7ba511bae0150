/** What can be set for one provider, from its variables and from the file; the variables win. */
import { chatDialects } from '../domain/chat-dialects.ts'
import { readBaseUrl } from './base-url.ts'
import type { Candidate } from './candidates.ts'
import type { ConfiguredProvider } from './config.ts'
import { defaultProvider } from './defaults.ts'
import type { FileProvider } from './file-content.ts'
import { modelsOf, readModels } from './models.ts'
import { providerVariables } from './provider-variables.ts'
import type { ProviderVariableKind } from './provider-variables.ts'
import { commaList, decimal, oneOf, wholeNumber } from './readings.ts'
import { readVariable, setting } from './settings.ts'
import type { Reading } from './settings.ts'
import type { Sources } from './sources.ts'

/** The address, if one replaces the catalogue's. */
export function baseUrlOf(sources: Sources, { name, prefixes, written }: Candidate): string | undefined {
  const older = name === 'openai' ? setting(sources, 'OPENAI_BASE_URL', readBaseUrl) : undefined
  const fromEnvironment = firstOf(sources, 'base', prefixes, readBaseUrl) ?? older
  const text = written?.base_url
  if (text === null || text === undefined) return fromEnvironment
  const reading = readBaseUrl(text)
  if (reading.ok) return fromEnvironment ?? reading.value
  const place = sources.file.placeOf(['providers', name, 'base_url'])
  sources.findings.problems.push({ ...place, message: 'The address cannot be used.', remedy: `Write ${reading.expected}.` })
  return fromEnvironment
}

/** What its chat speaks, if the owner says so. */
export function dialectOf(sources: Sources, prefixes: readonly string[], written: FileProvider): Pick<ConfiguredProvider, 'dialect'> {
  const dialect = firstOf(sources, 'dialect', prefixes, oneOf(chatDialects)) ?? written.dialect ?? undefined
  return dialect === undefined ? {} : { dialect }
}

type Rotation = Pick<ConfiguredProvider, 'rotation' | 'tolerance' | 'optimalConcurrency' | 'maxConcurrency'>

/** How its keys take turns and how much each bears. */
export function rotationOf(sources: Sources, prefixes: readonly string[], written: FileProvider): Rotation {
  const readRotation = oneOf<'balanced' | 'sequential'>(['balanced', 'sequential'])
  const rotation = firstOf(sources, 'rotation', prefixes, readRotation) ?? written.rotation ?? defaultProvider.rotation
  const usual = rotation === 'balanced' ? defaultProvider.optimalConcurrency : 0
  const optimal = concurrencyOf(sources, 'optimal', prefixes, rotation) ?? written.optimal_concurrency ?? usual
  const most = concurrencyOf(sources, 'max', prefixes, rotation) ?? written.max_concurrency ?? 0
  return {
    rotation,
    tolerance: toleranceOf(sources, prefixes, written),
    ...(optimal > 0 ? { optimalConcurrency: optimal } : {}),
    ...(most > 0 ? { maxConcurrency: most } : {}),
  }
}

/** What is said of this provider, wherever it is said, beats the variable for all. */
function toleranceOf(sources: Sources, prefixes: readonly string[], written: FileProvider): number {
  const general = setting(sources, 'ROTATION_TOLERANCE', decimal(0, 1000))
  return firstOf(sources, 'tolerance', prefixes, decimal(0, 1000)) ?? written.tolerance ?? general ?? defaultProvider.tolerance
}

/** The form for the rotation in use beats the one without. */
function concurrencyOf(sources: Sources, kind: 'optimal' | 'max', prefixes: readonly string[], rotation: string): number | undefined {
  const read = wholeNumber(Number.MIN_SAFE_INTEGER)
  const forRotation = prefixes.map((prefix) => `${prefix}_${rotation.toUpperCase()}`)
  return firstOf(sources, kind, forRotation, read) ?? firstOf(sources, kind, prefixes, read)
}

type Lists = Pick<ConfiguredProvider, 'models' | 'whitelistModels' | 'ignoreModels' | 'rejects'>

/** Its models, and which of them are shown. */
export function listsOf(sources: Sources, prefixes: readonly string[], written: FileProvider): Lists {
  return {
    models: firstOf(sources, 'models', prefixes, readModels) ?? modelsOf(written.models),
    whitelistModels: firstOf(sources, 'whitelist', prefixes, commaList) ?? written.whitelist_models ?? [],
    ignoreModels: firstOf(sources, 'ignore', prefixes, commaList) ?? written.ignore_models ?? [],
    rejects: written.rejects ?? [],
  }
}

/** The variable of the first prefix for which it is set. */
function firstOf<T>(
  sources: Sources,
  kind: ProviderVariableKind,
  prefixes: readonly string[],
  read: (text: string) => Reading<T>,
): T | undefined {
  const { nameFor } = providerVariables[kind]
  if (nameFor === undefined) return undefined
  for (const prefix of prefixes) {
    const value = readVariable(sources, nameFor(prefix), read)
    if (value !== undefined) return value
  }
  return undefined
}
