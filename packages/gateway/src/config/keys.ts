/** Where keys come from: the environment first, then the file. */
import { Secret } from '../domain/secret.ts'
import type { ConfiguredKey } from './config.ts'
import { defaultKeyPriority } from './defaults.ts'
import type { FileProvider } from './file-content.ts'
import { isPlaceholder, isSendable, unsendableMessage, unsendableRemedy } from './key-text.ts'
import { sourceOf } from './problem.ts'
import type { Place } from './problem.ts'
import { tierName, wholeNumber } from './readings.ts'
import { placeOfVariable, readVariable } from './settings.ts'
import type { Sources } from './sources.ts'

const keyVariable = /^([A-Z0-9]+(?:_[A-Z0-9]+)*?)_API_KEY(?:_(\d+))?$/

/** Keys of search services and of rankings, which often lie in the same environment and are no providers of models. */
export const reservedPrefixes: ReadonlySet<string> = new Set(['PROXY', 'BRAVE', 'TAVILY', 'EXA', 'JINA', 'ARTIFICIAL_ANALYSIS'])

export interface KeyVariable {
  readonly name: string
  readonly prefix: string
}

/** The variables of the environment that hold keys, each provider's in the order of their numbers. */
export function keyVariables(sources: Sources): readonly KeyVariable[] {
  return [...sources.environment.keys()]
    .flatMap((name) => {
      const [, prefix, number] = keyVariable.exec(name) ?? []
      return prefix === undefined || reservedPrefixes.has(prefix)
        ? []
        : [{ name, prefix, number: number === undefined ? -1 : Number(number) }]
    })
    .toSorted((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1))
}

interface FoundKey {
  readonly text: string
  readonly place: Place
  readonly source: string
  readonly priority: number
  readonly tier: string | undefined
  /** The variables it comes from, so that a key named twice through the same variable is no surprise. */
  readonly variables: readonly string[]
}

/** A provider's keys. Blanks and placeholders are dropped with a warning, and a key given twice counts once. */
export function keysOf(sources: Sources, provider: string, names: readonly string[], written: FileProvider): readonly ConfiguredKey[] {
  const found = [...names.flatMap((name) => fromVariable(sources, name)), ...fromFile(sources, provider, written)]
  const kept = new Map<string, FoundKey>()
  for (const key of found) {
    if (!isUsable(sources, key)) continue
    const earlier = kept.get(key.text)
    if (earlier === undefined) kept.set(key.text, key)
    else if (!key.variables.some((name) => earlier.variables.includes(name))) {
      sources.findings.warnings.push(`${key.source} holds the same key as ${earlier.source}; it counts once.`)
    }
  }
  return [...kept.values()].map(configured)
}

function configured({ text, source, priority, tier }: FoundKey): ConfiguredKey {
  return { secret: new Secret(text), source, priority, ...(tier === undefined ? {} : { tier }) }
}

function fromVariable(sources: Sources, name: string): readonly FoundKey[] {
  const text = sources.environment.get(name)?.value.trim() ?? ''
  const priority = readVariable(sources, `${name}_PRIORITY`, wholeNumber(1, 1_000_000)) ?? defaultKeyPriority
  const tier = readVariable(sources, `${name}_TIER`, tierName)
  return [{ text, place: placeOfVariable(sources.environment, name), source: name, priority, tier, variables: [name] }]
}

function fromFile({ file }: Sources, provider: string, written: FileProvider): readonly FoundKey[] {
  return (written.keys ?? []).map((entry, index) => {
    const path = ['providers', provider, 'keys', index]
    const place = file.placeOf(path)
    const { key, priority, tier } = typeof entry === 'string' ? { key: entry } : entry
    const variables = file.variablesAt(typeof entry === 'string' ? path : [...path, 'key'])
    return {
      text: key.trim(),
      place,
      source: sourceOf(place),
      priority: priority ?? defaultKeyPriority,
      tier: tier ?? undefined,
      variables,
    }
  })
}

function isUsable({ findings }: Sources, { text, place, source }: FoundKey): boolean {
  if (text === '' || isPlaceholder(text)) {
    findings.warnings.push(`${source} is ${text === '' ? 'blank' : 'a placeholder, not a key'}; it is left out.`)
    return false
  }
  if (isSendable(text)) return true
  findings.problems.push({ ...place, message: unsendableMessage, remedy: unsendableRemedy })
  return false
}
