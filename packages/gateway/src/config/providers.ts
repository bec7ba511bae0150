/** The providers that take part: those of the file, those with keys, and those whose address is set. */
import { nearest } from '../domain/nearest.ts'
import { candidatesOf, ownersOf } from './candidates.ts'
import type { Candidate, KnownProvider } from './candidates.ts'
import type { ConfiguredProvider } from './config.ts'
import { keyVariables, keysOf } from './keys.ts'
import { prefixOf } from './provider-variables.ts'
import { addressPartsOf } from './address-parts.ts'
import { skippedProviders } from './health.ts'
import { poolSettingsOf } from './pool-settings.ts'
import type { ProviderAsk } from './provider-ask.ts'
import { baseUrlOf, dialectOf, listsOf } from './provider-settings.ts'
import type { Sources } from './sources.ts'
import { partialTimeouts } from './timeouts.ts'

export interface FoundProviders {
  readonly providers: readonly ConfiguredProvider[]
  /** Every name that may be referred to, whether or not it takes part. */
  readonly names: ReadonlySet<string>
  /** Every prefix that belongs to a provider. */
  readonly prefixes: ReadonlySet<string>
}

/** Finds all providers and their keys. */
export function providersOf(sources: Sources, known: readonly KnownProvider[]): FoundProviders {
  const candidates = candidatesOf(sources, known)
  const owners = ownersOf(candidates)
  const keyNames = keyNamesByOwner(sources, owners, known)
  const skipped = skippedProviders(sources, owners)
  const prefixes = [...owners.keys()]
  const providers = candidates.flatMap((candidate) => {
    const names = keyNames.get(candidate.name) ?? []
    const provider = configure(sources, candidate, { names, prefixes, isSkipped: skipped.has(candidate.name) })
    return provider === undefined ? [] : [provider]
  })
  const names = [...candidates.map(({ name }) => name), ...sources.file.namesIn('providers')]
  return { providers, names: new Set(names), prefixes: new Set(owners.keys()) }
}

type KeyNames = ReadonlyMap<string, readonly string[]>

/** The variables with keys of each provider. A key of nobody is mentioned: other programs' keys lie in the environment too. */
function keyNamesByOwner(sources: Sources, owners: ReadonlyMap<string, string>, known: readonly KnownProvider[]): KeyNames {
  const names = new Map<string, string[]>()
  for (const { name, prefix } of keyVariables(sources)) {
    const owner = owners.get(prefix)
    if (owner !== undefined) names.set(owner, [...(names.get(owner) ?? []), name])
    else if (!sources.file.variablesUsed.has(name)) sources.findings.warnings.push(unusedKey(name, prefix, owners))
  }
  for (const { name, keyNames = [] } of known) {
    const set = keyNames.filter((each) => sources.environment.has(each))
    if (set.length > 0) names.set(name, [...(names.get(name) ?? []), ...set])
  }
  return names
}

function unusedKey(name: string, prefix: string, owners: ReadonlyMap<string, string>): string {
  const close = nearest(prefix, owners.keys(), 1)
  const hint = close.length > 0 ? ` Did you mean ${close.join('')}_API_KEY?` : ''
  return `${name} is not used: no provider is called ${prefix.toLowerCase()}. Set ${prefix}_API_BASE to its address to make it one.${hint}`
}

interface About {
  /** The variables that hold its keys. */
  readonly names: readonly string[]
  /** Of all providers. */
  readonly prefixes: readonly string[]
  /** Left out of probes by the environment. */
  readonly isSkipped: boolean
}

/** undefined: it does not take part. */
function configure(sources: Sources, candidate: Candidate, about: About): ConfiguredProvider | undefined {
  const { name, known, prefixes, written = {} } = candidate
  if (written.enabled === false) return undefined
  const baseUrl = baseUrlOf(sources, candidate)
  const keys = keysOf(sources, name, about.names, written)
  if (known === undefined && baseUrl === undefined) return reportNoAddress(sources, name)
  if (keys.length === 0 && !takesPartWithoutKey(sources, candidate, baseUrl)) return undefined
  const variables = addressPartsOf(sources, candidate, baseUrl !== undefined)
  if (variables === 'incomplete') return undefined
  return {
    name,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(variables === undefined ? {} : { variables }),
    keys,
    keyless: isKeyless(candidate, keys.length, baseUrl),
    ...settingsOf({ sources, name, prefixes, allPrefixes: about.prefixes, written, keys }, about),
  }
}

type Settings = Omit<ConfiguredProvider, 'name' | 'baseUrl' | 'variables' | 'keys' | 'keyless'>

function settingsOf(ask: ProviderAsk, { isSkipped }: About): Settings {
  const lists = listsOf(ask)
  return {
    ...dialectOf(ask),
    pool: poolSettingsOf(ask, lists.models),
    skipsProbes: isSkipped || ask.written.skip_probes === true,
    timeouts: partialTimeouts(ask.written.timeouts),
    ...lists,
  }
}

/** Whoever gives an address of its own may mean a server that asks for no key. */
function isKeyless({ known }: Candidate, keys: number, baseUrl: string | undefined): boolean {
  return known?.keyless === true || (keys === 0 && baseUrl !== undefined)
}

function takesPartWithoutKey({ findings }: Sources, { name, known, prefixes, written }: Candidate, baseUrl: string | undefined): boolean {
  if (baseUrl !== undefined) return true
  if (written === undefined) return false
  if (known?.keyless !== true) findings.warnings.push(`${name} has no key. Set ${prefixes[0] ?? prefixOf(name)}_API_KEY.`)
  return true
}

/** A provider that neither the catalogue nor an address explains. What was wrong with an address has been reported. */
function reportNoAddress({ environment, file, findings }: Sources, name: string): undefined {
  const variable = `${prefixOf(name)}_API_BASE`
  const path = `providers.${name}.base_url`
  if (environment.has(variable) || findings.problems.some((problem) => problem.path === path)) return undefined
  const place = file.placeOf(['providers', name], 'key')
  findings.problems.push({ ...place, message: `The catalogue has no provider ${name}.`, remedy: `Give it a base_url, or set ${variable}.` })
  return undefined
}
