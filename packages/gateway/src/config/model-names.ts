/** Which models of a provider are known by name, so that other spellings can be brought to what the provider is asked for. */
import { canonicalName } from './canonical-name.ts'
import type { ConfiguredModels } from './models.ts'
import type { ProviderAsk } from './provider-ask.ts'

/** What the provider is asked for when the owner says this name. */
export function modelIdOf(name: string, models: ConfiguredModels): string {
  return models.find((model) => model.name === name)?.id ?? name
}

/** Names of models and of groups by their canonical form. What is written first wins. */
export function knownNames(
  { sources, name: provider, written }: ProviderAsk,
  models: ConfiguredModels,
  groups: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const add = (name: string, meant: string = name): void => {
    const canonical = canonicalName(name)
    if (!names.has(canonical)) names.set(canonical, meant)
  }
  for (const { name, id } of models) {
    add(name, id)
    add(id)
  }
  for (const [group, members] of Object.entries(groups)) {
    add(group)
    for (const member of members) add(member)
  }
  for (const name of Object.keys(written.model_priorities ?? {})) add(name)
  for (const { fallback_chain: chain } of Object.values(sources.file.content.virtual_models ?? {})) {
    for (const target of chain) if (target.provider === provider) add(target.model)
  }
  return names
}
