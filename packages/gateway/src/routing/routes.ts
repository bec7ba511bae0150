/** All names that a caller can ask for, prepared once. */
import type { ProviderName } from '../domain/names.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import type { ActiveProvider } from '../providers/active-provider.ts'
import type { KnownModel, Provider } from '../providers/provider.ts'
import type { RoutePlan, VirtualModel } from './plan.ts'

/** What routing is built from. */
export interface RouteParts {
  readonly providers: ReadonlyMap<ProviderName, ActiveProvider>
  /** With the presets that somebody can serve already among them. */
  readonly virtualModels: readonly VirtualModel[]
  readonly aliases: Readonly<Record<string, string>>
  readonly timeouts: Timeouts
  /** Names that providers offer, for "did you mean": asked only when a name is unknown. */
  readonly knownNames: () => Iterable<string>
  /** What is known of a model; the catalogue alone unless told. */
  readonly knownModel?: (provider: Provider, model: string) => KnownModel | undefined
}

/** The prepared tables. Maps, so that a model called `constructor` finds nothing by accident. */
export interface Routes {
  readonly providers: ReadonlyMap<ProviderName, ActiveProvider>
  readonly virtualModels: ReadonlyMap<string, VirtualModel>
  readonly aliases: ReadonlyMap<string, string>
  readonly timeouts: Timeouts
  readonly knownNames: () => Iterable<string>
  readonly knownModel: (provider: Provider, model: string) => KnownModel | undefined
  /** Plans made so far, by operation and name asked for: as long as the configuration stands, the answer is the same. */
  readonly plans: Map<string, RoutePlan>
}

/** Prepares the tables; the first of two virtual models with one name wins. */
export function prepareRoutes(parts: RouteParts): Routes {
  const virtualModels = new Map<string, VirtualModel>()
  for (const model of parts.virtualModels) {
    if (!virtualModels.has(model.name)) virtualModels.set(model.name, model)
  }
  return {
    providers: parts.providers,
    virtualModels,
    aliases: new Map(Object.entries(parts.aliases)),
    timeouts: parts.timeouts,
    knownNames: parts.knownNames,
    knownModel: parts.knownModel ?? inCatalogue,
    plans: new Map(),
  }
}

function inCatalogue({ models }: Provider, model: string): KnownModel | undefined {
  return models !== undefined && Object.hasOwn(models, model) ? models[model] : undefined
}

/** A virtual model or an alias, for model lists. */
export interface NamedRoute {
  readonly name: string
  readonly description: string
}

/** Virtual models first, then those aliases that are not hidden behind a virtual model of the same name. */
export function namedRoutes(routes: Routes): readonly NamedRoute[] {
  const virtual = [...routes.virtualModels.values()].map(({ name, description, targets }) => ({
    name,
    description: description ?? `Tries ${targets.map((target) => `${target.provider}/${target.model}`).join(', then ')}`,
  }))
  const aliases = [...routes.aliases]
    .filter(([name]) => !routes.virtualModels.has(name))
    .map(([name, meaning]) => ({ name, description: `Another name for ${meaning}` }))
  return [...virtual, ...aliases]
}
