/** What can be set for one provider, from its variables and from the file; the variables win. */
import { chatDialects } from '../domain/chat-dialects.ts'
import { readBaseUrl } from './base-url.ts'
import type { Candidate } from './candidates.ts'
import type { ConfiguredProvider } from './config.ts'
import { modelsOf, readModels } from './models.ts'
import { firstOf } from './provider-ask.ts'
import type { ProviderAsk } from './provider-ask.ts'
import { commaList, onOrOff, oneOf } from './readings.ts'
import { setting } from './settings.ts'
import type { Sources } from './sources.ts'

/** The address, if one replaces the catalogue's. */
export function baseUrlOf(sources: Sources, { name, prefixes, written }: Candidate): string | undefined {
  const older = name === 'openai' ? setting(sources, 'OPENAI_BASE_URL', readBaseUrl) : undefined
  const fromEnvironment = firstOf({ sources, prefixes }, 'base', readBaseUrl) ?? older
  const text = written?.base_url
  if (text === null || text === undefined) return fromEnvironment
  const reading = readBaseUrl(text)
  if (reading.ok) return fromEnvironment ?? reading.value
  const place = sources.file.placeOf(['providers', name, 'base_url'])
  sources.findings.problems.push({ ...place, message: 'The address cannot be used.', remedy: `Write ${reading.expected}.` })
  return fromEnvironment
}

/** What its chat speaks, if the owner says so. */
export function dialectOf(ask: ProviderAsk): Pick<ConfiguredProvider, 'dialect'> {
  const dialect = firstOf(ask, 'dialect', oneOf(chatDialects)) ?? ask.written.dialect ?? undefined
  return dialect === undefined ? {} : { dialect }
}

type Lists = Pick<ConfiguredProvider, 'models' | 'whitelistModels' | 'ignoreModels' | 'enforcesModelLists' | 'rejects'>

/** Its models, and which of them are shown. */
export function listsOf(ask: ProviderAsk): Lists {
  const { written } = ask
  return {
    models: firstOf(ask, 'models', readModels) ?? modelsOf(written.models),
    whitelistModels: firstOf(ask, 'whitelist', commaList) ?? written.whitelist_models ?? [],
    ignoreModels: firstOf(ask, 'ignore', commaList) ?? written.ignore_models ?? [],
    enforcesModelLists: enforces(ask),
    rejects: written.rejects ?? [],
  }
}

/** What is said of this provider, wherever it is said, beats the variable for all. */
function enforces(ask: ProviderAsk): boolean {
  const general = setting(ask.sources, 'ENFORCE_MODEL_LISTS', onOrOff)
  return firstOf(ask, 'enforce', onOrOff) ?? ask.written.enforce_model_lists ?? general ?? false
}
