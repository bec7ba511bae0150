/** Whether the owner's globs let a model through: for the lists, and for calls where the lists are enforced. */
import { matchesGlob } from '../domain/glob.ts'
import type { ProviderSettings } from './active-provider.ts'

/** A whitelist match shows a model; else an ignore match hides it; else it is shown. Matched with and without the provider's name. */
export function isShownModel({ name: provider, whitelistModels, ignoreModels }: ProviderSettings, model: string): boolean {
  const fits = (pattern: string): boolean => matchesGlob(pattern, model) || matchesGlob(pattern, `${provider}/${model}`)
  return whitelistModels.some(fits) || !ignoreModels.some(fits)
}
