/** Which of a provider's models are shown, and in which order. */
import type { ProviderSettings } from '../providers/active-provider.ts'
import { matchesGlob } from './glob.ts'

/**
 * The owner's own names first, always; then those of the provider's list that the globs let through. A listed model
 * whose last part the owner has named already is left out.
 */
export function shownModels(settings: ProviderSettings, listed: readonly string[]): readonly string[] {
  const named = new Set(settings.models.flatMap(({ name, id }) => [lastPart(name), lastPart(id)]))
  const others = listed.filter((name) => !named.has(lastPart(name)) && isShown(settings, name))
  return [...new Set([...settings.models.map(({ name }) => name), ...others])]
}

/** A whitelist match shows a model; else an ignore match hides it; else it is shown. */
function isShown({ name: provider, whitelistModels, ignoreModels }: ProviderSettings, name: string): boolean {
  const fits = (pattern: string): boolean => matchesGlob(pattern, name) || matchesGlob(pattern, `${provider}/${name}`)
  return whitelistModels.some(fits) || !ignoreModels.some(fits)
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}
