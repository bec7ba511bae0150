/** Virtual models: the file's, and those presets that some provider can serve. */
import { nearest } from '../domain/nearest.ts'
import type { ConfiguredVirtualModel } from './config.ts'
import type { FileVirtualModel } from './file-content.ts'
import { sourceOf } from './problem.ts'
import type { FoundProviders } from './providers.ts'
import type { Sources } from './sources.ts'
import { partialTimeouts } from './timeouts.ts'

/** A virtual model that exists without a file. */
export interface Preset {
  readonly name: string
  readonly description: string
  readonly targets: readonly { readonly provider: string; readonly model: string }[]
}

type Target = ConfiguredVirtualModel['targets'][number]

/** The file's virtual models, then the presets that no name of the file replaces. */
export function virtualModelsOf(sources: Sources, found: FoundProviders, presets: readonly Preset[]): readonly ConfiguredVirtualModel[] {
  const { file } = sources
  const written = Object.entries(file.content.virtual_models ?? {}).map(([name, model]) => fromFile(sources, found, name, model))
  const replaced = new Set([...file.namesIn('virtual_models'), ...file.namesIn('aliases')])
  const usable = usableProviders(found)
  return [...written, ...presets.filter(({ name }) => !replaced.has(name)).flatMap((preset) => fromPreset(preset, usable))]
}

/** Those that can be asked: they have a key, or need none. */
function usableProviders({ providers }: FoundProviders): ReadonlySet<string> {
  return new Set(providers.filter(({ keys, keyless }) => keyless || keys.length > 0).map(({ name }) => name))
}

function fromPreset({ name, description, targets }: Preset, usable: ReadonlySet<string>): readonly ConfiguredVirtualModel[] {
  const kept = targets
    .filter(({ provider }) => usable.has(provider))
    .map(({ provider, model }, index) => ({ provider, model, priority: index + 1 }))
  return kept.length === 0 ? [] : [{ name, description, targets: kept, timeouts: {}, source: 'preset' }]
}

function fromFile(sources: Sources, found: FoundProviders, name: string, model: FileVirtualModel): ConfiguredVirtualModel {
  reportUnknownProviders(sources, found, name, model)
  const all = inOrder(model.fallback_chain)
  const usable = usableProviders(found)
  const kept = all.filter(({ provider }) => usable.has(provider))
  for (const provider of new Set(all.map((target) => target.provider))) {
    if (usable.has(provider) || !found.names.has(provider)) continue
    sources.findings.warnings.push(`${name}: ${provider} has no key or is switched off, so its models are passed over.`)
  }
  if (kept.length === 0) sources.findings.warnings.push(`${name}: no provider of its chain has a key, so every call to it will fail.`)
  return {
    name,
    ...(typeof model.description === 'string' ? { description: model.description } : {}),
    targets: kept.length === 0 ? all : kept,
    timeouts: partialTimeouts(model.timeouts),
    source: sourceOf(sources.file.placeOf(['virtual_models', name], 'key')),
  }
}

/** By priority; an entry without one has its place in the list. Equal ones stay as they are written. */
function inOrder(chain: FileVirtualModel['fallback_chain']): readonly Target[] {
  return chain
    .map(({ provider, model, priority }, index) => ({ provider, model, priority: priority ?? index + 1 }))
    .toSorted((a, b) => a.priority - b.priority)
}

function reportUnknownProviders({ file, findings }: Sources, { names }: FoundProviders, name: string, model: FileVirtualModel): void {
  for (const [index, { provider }] of model.fallback_chain.entries()) {
    if (names.has(provider)) continue
    const place = file.placeOf(['virtual_models', name, 'fallback_chain', index, 'provider'])
    const close = nearest(provider, names, 2)
    const remedy =
      close.length > 0 ? `Did you mean ${close.join(' or ')}?` : `Add it to providers, or use one of: ${[...names].join(', ')}.`
    findings.problems.push({ ...place, message: 'There is no such provider.', remedy })
  }
}
