/** The owner's own limits on how often keys are used, from variables and from the file. */
import type { Cap } from '@keywheel/keyring'
import { readCapLimit, readCapName, readCapRest } from './cap-grammar.ts'
import { canonicalName } from './canonical-name.ts'
import type { FileCap } from './file-content.ts'
import { longVariablesOf, reportName } from './provider-ask.ts'
import type { LongVariable, ProviderAsk } from './provider-ask.ts'
import type { Place } from './problem.ts'
import { readVariable } from './settings.ts'
import type { Reading } from './settings.ts'

/** One cap for one priority (undefined: all others) of one model or group. */
interface SingleCap {
  readonly priority: number | undefined
  readonly model: string
  readonly limit: Cap['limit']
  readonly rest: Cap['rest']
}

type Caps = Map<string, SingleCap>

const keyOf = (priority: number | undefined, model: string): string => `${priority ?? 'default'} ${model}`

/**
 * Each for one priority. A variable replaces the file's limit for the same priority and model; `CUSTOM_CAP_COOLDOWN_…` its rest.
 * @param names known names of models and groups by their canonical form.
 */
export function capsOf(ask: ProviderAsk, names: ReadonlyMap<string, string>): readonly Cap[] {
  const caps = fromFile(ask, names)
  addLimits(ask, names, caps)
  addRests(ask, names, caps)
  return [...caps.values()].map(({ priority, model: canonical, limit, rest }) => {
    const model = names.get(canonical) ?? canonical
    return priority === undefined ? { model, limit, rest } : { priorities: [priority], model, limit, rest }
  })
}

function fromFile(ask: ProviderAsk, names: ReadonlyMap<string, string>): Caps {
  const caps: Caps = new Map()
  const { file, findings } = ask.sources
  for (const [index, cap] of (ask.written.caps ?? []).entries()) {
    const place = file.placeOf(['providers', ask.name, 'caps', index])
    const model = canonicalName(names.get(canonicalName(cap.model)) ?? cap.model)
    for (const priority of prioritiesOf(ask, cap, place)) {
      const key = keyOf(priority, model)
      if (caps.has(key)) {
        const whose = priority === undefined ? 'all other keys' : `keys of priority ${priority}`
        const remedy = 'Keep one of the two.'
        findings.problems.push({ ...place, message: `There is a cap for ${cap.model} and ${whose} already.`, remedy })
      } else caps.set(key, { priority, model, limit: limitOf(cap), rest: restOf(cap) })
    }
  }
  return caps
}

/** Numbers are priorities; a name is a tier, and means the priorities of the keys that have it. */
function prioritiesOf(ask: ProviderAsk, { tiers }: FileCap, place: Place): readonly (number | undefined)[] {
  if (tiers === null || tiers === undefined) return [undefined]
  return [...new Set(tiers.flatMap((tier) => (typeof tier === 'number' ? [tier] : prioritiesOfTier(ask, tier, place))))]
}

function prioritiesOfTier({ sources, keys, name }: ProviderAsk, tier: string, place: Place): readonly number[] {
  const priorities = new Set(keys.filter((key) => key.tier === tier).map(({ priority }) => priority))
  const isShared = keys.some((key) => key.tier !== tier && priorities.has(key.priority))
  if (priorities.size > 0 && !isShared) return [...priorities]
  sources.findings.problems.push({
    ...place,
    message: isShared ? `Keys of the tier ${tier} have the same priority as others.` : `No key of ${name} has the tier ${tier}.`,
    remedy: isShared ? 'Give them a priority of their own: caps go by priority.' : 'Name a tier of its keys, or a priority.',
  })
  return []
}

/** The schema has let only right texts through. */
function limitOf({ limit }: FileCap): Cap['limit'] {
  if (typeof limit === 'number') return limit < 0 ? { is: 'offset', amount: limit } : { is: 'requests', amount: limit }
  return valueOr(readCapLimit(limit), { is: 'requests', amount: 0 })
}

function restOf({ cooldown }: FileCap): Cap['rest'] {
  if (cooldown === null || cooldown === undefined) return { is: 'reset' }
  if (typeof cooldown === 'string') return valueOr(readCapRest(cooldown), { is: 'reset' })
  if (typeof cooldown.fixed_ms === 'number') return { is: 'fixed', ms: cooldown.fixed_ms }
  return { is: 'offset', ms: cooldown.offset_ms ?? 0 }
}

const valueOr = <T>(reading: Reading<T>, other: T): T => (reading.ok ? reading.value : other)

function addLimits(ask: ProviderAsk, names: ReadonlyMap<string, string>, caps: Caps): void {
  const head = 'CUSTOM_CAP_'
  const said = new Map<string, string>()
  for (const variable of longVariablesOf(ask, head)) {
    const limit = readVariable(ask.sources, variable.name, readCapLimit)
    for (const { priority, model } of aimsOf(ask, { variable, head, names })) {
      const key = keyOf(priority, model)
      const earlier = said.get(key)
      if (earlier !== undefined) reportName(ask, variable.name, `It means the same cap as ${earlier}: keep one of the two.`)
      else if (limit !== undefined) {
        said.set(key, variable.name)
        caps.set(key, { priority, model, limit, rest: caps.get(key)?.rest ?? { is: 'reset' } })
      }
    }
  }
}

function addRests(ask: ProviderAsk, names: ReadonlyMap<string, string>, caps: Caps): void {
  const head = 'CUSTOM_CAP_COOLDOWN_'
  for (const variable of longVariablesOf(ask, head)) {
    const rest = readVariable(ask.sources, variable.name, readCapRest)
    for (const { priority, model } of aimsOf(ask, { variable, head, names })) {
      const cap = caps.get(keyOf(priority, model))
      if (cap === undefined) ask.sources.findings.warnings.push(`${variable.name} has no effect: there is no cap that it belongs to.`)
      else if (rest !== undefined) caps.set(keyOf(priority, model), { ...cap, rest })
    }
  }
}

interface Aiming {
  readonly variable: LongVariable
  readonly head: string
  readonly names: ReadonlyMap<string, string>
}

/** Which caps a variable's name means: one for each priority in it. */
function aimsOf(ask: ProviderAsk, { variable, head, names }: Aiming): readonly Pick<SingleCap, 'priority' | 'model'>[] {
  const { name, rest } = variable
  const start = name.slice(0, name.length - rest.length)
  const hints = { models: new Set(names.keys()), priorities: new Set(ask.keys.map(({ priority }) => priority)) }
  const read = readCapName(rest, hints)
  if (read === undefined) {
    reportName(ask, name, `Write ${start}T<priority>_<MODEL>, or ${start}TDEFAULT_<MODEL> for all priorities.`)
    return []
  }
  const { priorities = [undefined], isGuess } = read
  const model = canonicalName(names.get(read.model) ?? read.model)
  if (isGuess && head === 'CUSTOM_CAP_') ask.sources.findings.warnings.push(guessed(name, start, read.model, priorities))
  return [...new Set(priorities)].map((priority) => ({ priority, model }))
}

function guessed(name: string, start: string, model: string, priorities: readonly (number | undefined)[]): string {
  const which = `priority ${priorities.join(' and ')}`
  const clear = `${start}T${priorities.join('_')}__${model.toUpperCase()}`
  return `${name} is read as a cap on ${model} for ${which}; ${clear}, with two underscores, says so without a doubt.`
}
