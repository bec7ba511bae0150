/** Models that share one quota: any group of any provider, from variables and from the file. */
import { canonicalName } from './canonical-name.ts'
import { modelIdOf } from './model-names.ts'
import type { ConfiguredModels } from './models.ts'
import { longVariablesOf } from './provider-ask.ts'
import type { ProviderAsk } from './provider-ask.ts'
import type { Place } from './problem.ts'
import { commaList } from './readings.ts'
import { placeOfVariable } from './settings.ts'

interface Group {
  readonly name: string
  readonly models: readonly string[]
  readonly place: Place
}

/** A variable replaces the file's group of the same name; a variable with nothing in it takes the group away. */
export function quotaGroupsOf(ask: ProviderAsk, models: ConfiguredModels): Readonly<Record<string, readonly string[]>> {
  const groups = new Map<string, Group>()
  for (const group of fromFile(ask)) groups.set(canonicalName(group.name), group)
  const said = new Set<string>()
  for (const { name: variable, rest } of longVariablesOf(ask, 'QUOTA_GROUPS_')) {
    const key = canonicalName(rest)
    // The variables of an earlier prefix come first and win.
    if (said.has(key)) continue
    said.add(key)
    const listed = commaList(ask.sources.environment.get(variable)?.value ?? '')
    const members = listed.ok ? listed.value : []
    const name = groups.get(key)?.name ?? key
    if (members.length === 0) groups.delete(key)
    else groups.set(key, { name, models: members, place: placeOfVariable(ask.sources.environment, variable) })
  }
  const meant = [...groups.values()].map(({ name, place, models: names }) => {
    const ids = new Set(names.map((each) => modelIdOf(each, models)))
    return { name, place, models: [...ids] }
  })
  reportShared(ask, meant)
  return Object.fromEntries(meant.map((group) => [group.name, group.models]))
}

function fromFile({ sources, name: provider, written }: ProviderAsk): readonly Group[] {
  return Object.entries(written.quota_groups ?? {}).map(([name, models]) => ({
    name,
    models,
    place: sources.file.placeOf(['providers', provider, 'quota_groups', name]),
  }))
}

/** A model has one quota. */
function reportShared({ sources }: ProviderAsk, groups: readonly Group[]): void {
  const owners = new Map<string, string>()
  for (const { name, models, place } of groups) {
    for (const model of models) {
      const earlier = owners.get(canonicalName(model))
      owners.set(canonicalName(model), earlier ?? name)
      if (earlier === undefined) continue
      const remedy = 'A model belongs to one group at most: take it out of one of them.'
      sources.findings.problems.push({ ...place, message: `${model} is in the quota group ${earlier} already.`, remedy })
    }
  }
}
