/** Which of a provider's models are shown, and in which order. */
import type { ProviderSettings } from '../providers/active-provider.ts'
import { isShownModel } from '../providers/is-shown-model.ts'

/**
 * The owner's own names first, always; then those of the provider's list that the globs let through. A listed model
 * whose last part the owner has named already is left out.
 */
export function shownModels(settings: ProviderSettings, listed: readonly string[]): readonly string[] {
  const named = new Set(settings.models.flatMap(({ name, id }) => [lastPart(name), lastPart(id)]))
  const others = listed.filter((name) => !named.has(lastPart(name)) && isShownModel(settings, name))
  return [...new Set([...settings.models.map(({ name }) => name), ...others])]
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}
