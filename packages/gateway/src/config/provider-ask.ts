/** One provider while its settings are read: what the file says of it, and which variables are its own. */
import type { ConfiguredKey } from './config.ts'
import type { FileProvider } from './file-content.ts'
import { providerVariables } from './provider-variables.ts'
import type { ProviderVariableKind } from './provider-variables.ts'
import { placeOfVariable, readVariable } from './settings.ts'
import type { Reading } from './settings.ts'
import type { Sources } from './sources.ts'

export interface ProviderAsk {
  readonly sources: Sources
  readonly name: string
  /** In the environment; the variable of an earlier one wins. */
  readonly prefixes: readonly string[]
  /** Of all providers: `NVIDIA_NIM_X` is NVIDIA_NIM's where there is one, else NVIDIA's. */
  readonly allPrefixes: Iterable<string>
  readonly written: FileProvider
  readonly keys: readonly ConfiguredKey[]
}

/** The variable of the first prefix for which it is set; `suffix` stands behind the prefix. */
export function firstOf<T>(
  { sources, prefixes }: Pick<ProviderAsk, 'sources' | 'prefixes'>,
  kind: ProviderVariableKind,
  read: (text: string) => Reading<T>,
  suffix: string = '',
): T | undefined {
  const { nameFor } = providerVariables[kind]
  if (nameFor === undefined) return undefined
  for (const prefix of prefixes) {
    const value = readVariable(sources, nameFor(prefix + suffix), read)
    if (value !== undefined) return value
  }
  return undefined
}

/** A variable that names more than a provider: in `QUOTA_GROUPS_GROQ_BIG` the rest is `BIG`. */
export interface LongVariable {
  readonly name: string
  readonly rest: string
}

/** The provider's variables that begin with this; those of an earlier prefix first, otherwise by name. */
export function longVariablesOf({ sources, prefixes, allPrefixes }: ProviderAsk, head: string): readonly LongVariable[] {
  const all = [...allPrefixes]
  const names = [...sources.environment.keys()].filter((name) => name.startsWith(head)).toSorted()
  return prefixes.flatMap((prefix) =>
    names.flatMap((name) => (ownerOf(name.slice(head.length), all) === prefix ? [{ name, rest: restBehind(name, head + prefix) }] : [])),
  )
}

/** The longest prefix that something follows. */
export function ownerOf(text: string, prefixes: Iterable<string>): string | undefined {
  const fitting = [...prefixes].filter((prefix) => text.startsWith(`${prefix}_`) && text.length > prefix.length + 1)
  return fitting.toSorted((a, b) => b.length - a.length)[0]
}

const restBehind = (name: string, start: string): string => name.slice(start.length + 1)

/** For a name that begins rightly and goes on wrongly. */
export function reportName({ sources }: ProviderAsk, name: string, remedy: string): void {
  const place = placeOfVariable(sources.environment, name)
  sources.findings.problems.push({ ...place, message: 'The name of this variable cannot be understood.', remedy })
}
