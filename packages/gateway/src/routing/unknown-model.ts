/** What a caller hears when a model name leads nowhere: why, and what to do about it. */
import { refuse } from '../domain/failure.ts'
import type { RefusedCall } from '../domain/failure.ts'
import { nearest } from '../domain/nearest.ts'
import { presets } from '../providers/presets.ts'
import type { RefusedTarget } from './plan.ts'
import type { Routes } from './routes.ts'

/** Comparing is slow for long texts, and no model has such a name. */
const longestComparedName = 200
const mostSuggestions = 3
/** Comparing takes some microseconds a name; a gateway in front of everything may know tens of thousands. */
const mostCompared = 2000

/** Refuses a name that is no virtual model, no alias and not `provider/model`. */
export function unknownModel(routes: Routes, asked: string): RefusedCall {
  const preset = presets.find(({ name }) => name === asked)
  if (preset !== undefined) {
    const providers = [...new Set(preset.targets.map(({ provider }) => provider))]
    return notFound(`The preset ${asked} needs a key of one of these providers: ${providers.join(', ')}.`)
  }
  return notFound(`There is no model called "${shown(asked)}".${suggestion(routes, asked)}`)
}

/** Refuses a name whose every target was ruled out. */
export function nothingLeft(routes: Routes, asked: string, refused: readonly RefusedTarget[]): RefusedCall {
  const whys = [...new Set(refused.map(({ why }) => why))]
  if (refused.some(({ because }) => because === 'unsupported')) {
    return refuse('unsupported', `"${shown(asked)}" cannot do this. ${whys.join(' ')}`, { param: 'model' })
  }
  if (refused.some(({ because }) => because === 'no-key' || because === 'hidden'))
    return notFound(`"${shown(asked)}" cannot be used. ${whys.join(' ')}`)
  return notFound(`There is no model called "${shown(asked)}". ${shown(whys.join(' '))}${suggestion(routes, asked)}`)
}

function notFound(message: string): RefusedCall {
  return refuse('unknown-model', message, { param: 'model', code: 'model_not_found' })
}

function suggestion(routes: Routes, asked: string): string {
  if (asked.length > longestComparedName) return ''
  const offered = [...routes.knownNames()]
  const sameModel = offered.filter((name) => name.endsWith(`/${asked}`))
  const candidates = [...routes.virtualModels.keys(), ...routes.aliases.keys(), ...offered].slice(0, mostCompared)
  const names = [...new Set([...sameModel, ...nearest(asked, candidates, mostSuggestions)])].slice(0, mostSuggestions)
  return names.length === 0 ? ' GET /v1/models lists what there is.' : ` Did you mean ${names.join(', ')}?`
}

function shown(text: string): string {
  return text.length > longestComparedName ? `${text.slice(0, longestComparedName)}…` : text
}
