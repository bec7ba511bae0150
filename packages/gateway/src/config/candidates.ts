/** Who may be a provider at all: the catalogue, the file, and addresses in the environment. */
import type { FileProvider } from './file-content.ts'
import { reservedPrefixes } from './keys.ts'
import { prefixOf } from './provider-variables.ts'
import type { Sources } from './sources.ts'

/** What configuration needs to know of a provider in the catalogue. */
export interface KnownProvider {
  readonly name: string
  /** Prefixes in the environment: `GROQ` for `GROQ_API_KEY`. */
  readonly keyFrom: readonly string[]
  /** Variables that hold a key under another form of name. */
  readonly keyNames?: readonly string[]
  /** Works without any key. */
  readonly keyless: boolean
  /** Parts of its address that differ from owner to owner. */
  readonly variables?: Readonly<Record<string, { readonly env: string; readonly default?: string; readonly what: string }>>
}

/** A provider before its settings are read. */
export interface Candidate {
  readonly name: string
  readonly known?: KnownProvider
  readonly prefixes: readonly string[]
  /** What the file says of it; undefined: nothing. */
  readonly written?: FileProvider
}

const baseVariable = /^([A-Z0-9]+(?:_[A-Z0-9]+)*)_API_BASE$/

/** The catalogue's first, then the file's own, then those that only the environment names. */
export function candidatesOf({ environment, file }: Sources, known: readonly KnownProvider[]): readonly Candidate[] {
  const written = new Map(Object.entries(file.content.providers ?? {}).map(([name, provider]) => [name, provider ?? {}]))
  const catalogue = known.map((provider) => candidateOf(provider.name, written.get(provider.name), provider))
  const catalogueNames = new Set(known.map(({ name }) => name))
  const own = [...written].filter(([name]) => !catalogueNames.has(name)).map(([name, provider]) => candidateOf(name, provider))
  const owners = ownersOf([...catalogue, ...own])
  const fromEnvironment = [...environment.values()].flatMap(({ name, value }) => {
    const prefix = baseVariable.exec(name)?.[1]
    const isNew = prefix !== undefined && !owners.has(prefix) && !reservedPrefixes.has(prefix) && value.trim() !== ''
    return isNew ? [candidateOf(prefix.toLowerCase(), undefined)] : []
  })
  return [...catalogue, ...own, ...fromEnvironment.toSorted((a, b) => (a.name < b.name ? -1 : 1))]
}

/** Which provider a prefix belongs to; the first that claims it. */
export function ownersOf(candidates: readonly Candidate[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const { name, prefixes } of candidates) {
    for (const prefix of prefixes) if (!owners.has(prefix)) owners.set(prefix, name)
  }
  return owners
}

function candidateOf(name: string, written: FileProvider | undefined, known?: KnownProvider): Candidate {
  const prefixes = [...new Set([...(known?.keyFrom ?? []), prefixOf(name)])]
  return { name, prefixes, ...(known === undefined ? {} : { known }), ...(written === undefined ? {} : { written }) }
}
