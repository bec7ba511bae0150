/** Other names for models: each must lead somewhere, in a few steps, and not back to itself. */
import { nearest } from '../domain/nearest.ts'
import type { Sources } from './sources.ts'
import { emptyRecord } from './yaml-tree.ts'

/** More steps than this are a mistake. */
const deepestAlias = 8

/** What an alias may lead to. */
export interface AliasTargets {
  readonly virtualModels: Iterable<string>
  /** Presets whose providers have no key now: a warning, because a key would bring them. */
  readonly absentPresets: Iterable<string>
  readonly providers: ReadonlySet<string>
}

/** The file's aliases. Cycles, long ways and references to nothing are problems at the alias that has them. */
export function aliasesOf(sources: Sources, targets: AliasTargets): Readonly<Record<string, string>> {
  const written = Object.entries(sources.file.content.aliases ?? {})
  const known: Known = {
    aliases: new Map(written),
    // Also those whose entries are wrong: they have their own problem already.
    aliasNames: new Set(sources.file.namesIn('aliases')),
    virtualModels: new Set([...targets.virtualModels, ...sources.file.namesIn('virtual_models')]),
    absentPresets: new Set(targets.absentPresets),
    providers: targets.providers,
  }
  for (const [name, target] of written) checkAlias(sources, known, name, target)
  return Object.assign(emptyRecord<string>(), Object.fromEntries(written))
}

interface Known {
  readonly aliases: ReadonlyMap<string, string>
  readonly aliasNames: ReadonlySet<string>
  readonly virtualModels: ReadonlySet<string>
  readonly absentPresets: ReadonlySet<string>
  readonly providers: ReadonlySet<string>
}

function checkAlias({ file, findings }: Sources, known: Known, name: string, target: string): void {
  if (known.virtualModels.has(name)) {
    const place = file.placeOf(['aliases', name], 'key')
    findings.problems.push({ ...place, message: 'A virtual model has this name already.', remedy: 'Rename one of the two.' })
    return
  }
  const fault = faultOf(known, name, target)
  if (fault !== undefined) findings.problems.push({ ...file.placeOf(['aliases', name]), ...fault })
  else if (known.absentPresets.has(target)) {
    findings.warnings.push(`The alias ${name} leads to the preset ${target}, which no provider with a key can serve now.`)
  }
}

function faultOf(known: Known, name: string, target: string): { message: string; remedy: string } | undefined {
  if (!exists(known, target)) return { message: `There is no model ${target}.`, remedy: remedyFor(known, name, target) }
  const way = [name]
  for (let next: string | undefined = target; next !== undefined; next = known.aliases.get(next)) {
    if (next === name)
      return { message: `This alias leads back to itself: ${[...way, name].join(' → ')}.`, remedy: 'Let one of them name a model.' }
    // A cycle further on is the problem of those that form it.
    if (way.includes(next)) return undefined
    if (!known.aliases.has(next)) return undefined
    way.push(next)
    if (way.length - 1 > deepestAlias)
      return { message: `This alias leads through more than ${deepestAlias} others.`, remedy: 'Name the model directly.' }
  }
  return undefined
}

function exists({ aliasNames, virtualModels, absentPresets, providers }: Known, target: string): boolean {
  if (aliasNames.has(target) || virtualModels.has(target) || absentPresets.has(target)) return true
  const slash = target.indexOf('/')
  return slash > 0 && slash < target.length - 1 && providers.has(target.slice(0, slash))
}

function remedyFor({ aliasNames, virtualModels, absentPresets, providers }: Known, name: string, target: string): string {
  const slash = target.indexOf('/')
  if (slash > 0) {
    const close = nearest(target.slice(0, slash), providers, 1).map((provider) => `${provider}${target.slice(slash)}`)
    if (close.length > 0 && !target.endsWith('/')) return `Did you mean ${close.join('')}?`
  }
  const others = [...aliasNames].filter((alias) => alias !== name)
  const close = nearest(target, [...virtualModels, ...absentPresets, ...others], 2)
  return close.length > 0 ? `Did you mean ${close.join(' or ')}?` : 'Name a virtual model, another alias, or provider/model.'
}
