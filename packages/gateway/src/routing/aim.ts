/** One provider and one model name, turned into a target or into the reason why not. */
import { providerName } from '../domain/names.ts'
import type { Operation } from '../domain/operation.ts'
import { isUsable } from '../providers/active-provider.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import type { ActiveProvider } from '../providers/active-provider.ts'
import { findProvider } from '../providers/catalogue/list.ts'
import { environmentPrefix } from '../providers/custom.ts'
import { isShownModel } from '../providers/is-shown-model.ts'
import type { Provider } from '../providers/provider.ts'
import type { PlannedTarget, RefusedTarget } from './plan.ts'
import type { Routes } from './routes.ts'

/** What a target is made of. */
export interface Aim {
  readonly provider: string
  readonly model: string
  readonly operation: Operation
  /** The virtual model's own. */
  readonly timeouts?: Partial<Timeouts>
}

/** Aims at one model of one provider. */
export function aim(routes: Routes, at: Aim): PlannedTarget | RefusedTarget {
  const shownModel = `${at.provider}/${at.model}`
  const active = routes.providers.get(providerName(at.provider))
  const known = active?.provider ?? findProvider(providerName(at.provider))
  if (known === undefined) return { shownModel, because: 'no-provider', why: `There is no provider called ${at.provider}.` }
  if (active === undefined || !isUsable(active)) return { shownModel, because: 'no-key', why: missingKey(known) }
  if (known.speaks[at.operation] === undefined) {
    return { shownModel, because: 'unsupported', why: `${known.title} does not offer ${operationTitles[at.operation]}.` }
  }
  if (isHidden(active, at.model)) return { shownModel, because: 'hidden', why: hidden(active) }
  return target(routes, active, at)
}

/** Where the lists are enforced, what they leave out cannot be asked for. Names of the owner's own are always among them. */
function isHidden({ settings }: ActiveProvider, model: string): boolean {
  if (!settings.enforcesModelLists || isShownModel(settings, model)) return false
  return settings.models.every(({ name }) => name !== model)
}

function hidden({ provider, settings: { name } }: ActiveProvider): string {
  const prefix = provider.keyFrom[0] ?? environmentPrefix(name)
  return `\`ignore_models\` of ${name} (IGNORE_MODELS_${prefix}) hides this model, and \`enforce_model_lists\` is on; \`whitelist_models\` (WHITELIST_MODELS_${prefix}) would let it through.`
}

/** Tells the two apart. */
export function isRefused(aimed: PlannedTarget | RefusedTarget): aimed is RefusedTarget {
  return 'because' in aimed
}

const operationTitles: Readonly<Record<Operation, string>> = {
  chat: 'chat completions',
  complete: 'text completions',
  embed: 'embeddings',
  count: 'counting tokens',
  moderate: 'moderations',
  image: 'image generation',
  'edit-image': 'image editing',
  speak: 'speech',
  transcribe: 'transcriptions',
  translate: 'translations of speech',
  rerank: 'reranking',
}

function missingKey(provider: Provider): string {
  const [prefix] = provider.keyFrom
  if (prefix === undefined) return `${provider.title} is not set up: name it in the configuration file.`
  if (provider.keyless === true) return `${provider.title} is not set up: add ${prefix}_API_BASE=${provider.baseUrl} to .env.`
  const parts = Object.values(provider.variables ?? {}).filter((part) => part.default === undefined)
  if (parts.length === 0) return `${provider.title} has no key: add ${prefix}_API_KEY to .env.`
  return `${provider.title} is not set up: add ${[`${prefix}_API_KEY`, ...parts.map(({ env }) => env)].join(' and ')} to .env.`
}

function target(routes: Routes, { provider, settings }: ActiveProvider, at: Aim): PlannedTarget {
  const offered = settings.models.find((model) => model.name === at.model)
  const model = offered?.id ?? at.model
  const known = routes.knownModel(provider, model)
  return {
    pool: provider.name,
    model,
    provider,
    shownModel: `${provider.name}/${at.model}`,
    ...(known !== undefined && { known }),
    ...(offered?.options !== undefined && { options: offered.options }),
    rejects: [...new Set([...(provider.rejects ?? []), ...(known?.rejects ?? [])])],
    timeouts: { ...routes.timeouts, ...settings.timeouts, ...at.timeouts },
  }
}
