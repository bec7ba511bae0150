/** From files, environment and command line to the one configuration; or a list of everything that is wrong with them. */
import { resolve } from 'node:path'
import { aliasesOf } from './aliases.ts'
import { readBaseUrl } from './base-url.ts'
import type { Config } from './config.ts'
import { readConfigFile } from './config-file.ts'
import {
  defaultDataDirectory,
  defaultKeepsStandings,
  defaultModelData,
  defaultResponsesRetentionDays,
  defaultUsageRetentionDays,
} from './defaults.ts'
import { embeddingBatchOf } from './embedding-batch.ts'
import { readEnvironment } from './environment.ts'
import { healthOf } from './health.ts'
import { hideSecrets } from './hide-secrets.ts'
import { warnOfLeftovers } from './leftovers.ts'
import { readLogLevels } from './log-levels.ts'
import { ConfigError, inReadingOrder } from './problem.ts'
import type { Findings } from './problem.ts'
import { accessOf } from './proxy-keys.ts'
import { providersOf } from './providers.ts'
import type { KnownProvider } from './candidates.ts'
import { onOrOff, plainText, wholeNumber } from './readings.ts'
import { retryOf } from './retry.ts'
import { checkOpenAccess, serverOf } from './server.ts'
import type { Flags } from './server.ts'
import { placeOfVariable, setting } from './settings.ts'
import type { Sources } from './sources.ts'
import { streamsOf } from './streams.ts'
import { temperatureZeroOf } from './temperature-zero.ts'
import { timeoutsOf } from './timeouts.ts'
import { virtualModelsOf } from './virtual-models.ts'
import type { Preset } from './virtual-models.ts'
import { reportWithoutEffect } from './without-effect.ts'

export { ConfigError, describeProblems } from './problem.ts'
export type { Problem } from './problem.ts'
export type { KnownProvider } from './candidates.ts'
export type { Preset } from './virtual-models.ts'

/** Where a configuration comes from. */
export interface LoadAsk {
  /** The process's environment; always wins over files. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where `.env`, the data directory and relative paths are looked up. */
  readonly directory: string
  /** `--config`; else `KEYWHEEL_CONFIG`; else `keywheel.yaml` in the directory, if there is one. */
  readonly configFile?: string
  /** `--env-file`: read after `.env`, a later one wins. */
  readonly envFiles?: readonly string[]
  readonly flags: Flags
  /** The catalogue. */
  readonly known: readonly KnownProvider[]
  readonly presets: readonly Preset[]
}

/** The whole configuration, checked. Throws a ConfigError that holds every problem at once. */
export function loadConfig(ask: LoadAsk): Config {
  const findings: Findings = { problems: [], warnings: [] }
  const environment = readEnvironment(ask, findings)
  const file = readConfigFile(ask, environment, findings)
  const config = assemble({ environment, file, findings }, ask)
  const { problems, warnings } = hideSecrets(findings, environment, file)
  if (problems.length > 0) throw new ConfigError(inReadingOrder(problems))
  return { ...config, warnings }
}

function assemble(sources: Sources, ask: LoadAsk): Config {
  const { file } = sources
  const found = providersOf(sources, ask.known)
  const virtualModels = virtualModelsOf(sources, found, ask.presets)
  const names = virtualModels.map(({ name }) => name)
  const absentPresets = ask.presets.map(({ name }) => name).filter((name) => !names.includes(name))
  const aliases = aliasesOf(sources, { virtualModels: names, absentPresets, providers: found.names })
  const maxTokensLimit = setting(sources, 'MAX_TOKENS_LIMIT', wholeNumber(1)) ?? file.content.max_tokens_limit ?? undefined
  const server = serverOf(sources, ask.flags)
  const access = accessOf(sources)
  checkOpenAccess(sources, ask.flags, { server, access })
  reportWithoutEffect(sources)
  warnOfLeftovers(sources, found.prefixes)
  return {
    server,
    access,
    dataDirectory: dataDirectoryOf(sources, ask.directory),
    logLevels: { default: 'info', ...levelsOf(sources) },
    quiet: ask.flags.quiet ?? false,
    timeouts: timeoutsOf(sources),
    retry: retryOf(sources),
    ...(maxTokensLimit === undefined ? {} : { maxTokensLimit }),
    ...embeddingBatchOf(sources),
    ...retentionOf(sources),
    modelData: modelDataOf(sources),
    ...temperatureZeroOf(sources),
    streams: streamsOf(sources),
    health: healthOf(sources),
    keepsStandings: file.content.keep_standings ?? defaultKeepsStandings,
    providers: found.providers,
    virtualModels,
    aliases,
    warnings: [],
  }
}

function retentionOf(sources: Sources): Pick<Config, 'usageRetentionDays' | 'responsesRetentionDays'> {
  const { usage, responses } = sources.file.content
  const days = setting(sources, 'USAGE_RETENTION_DAYS', wholeNumber(1, 36_500)) ?? usage?.retention_days
  return {
    usageRetentionDays: days ?? defaultUsageRetentionDays,
    responsesRetentionDays: responses?.retention_days ?? defaultResponsesRetentionDays,
  }
}

function levelsOf(sources: Sources): Config['logLevels'] {
  return { ...sources.file.content.log?.levels, ...setting(sources, 'LOG_LEVEL', readLogLevels) }
}

function modelDataOf(sources: Sources): Config['modelData'] {
  const { refresh, url } = sources.file.content.models ?? {}
  return {
    refresh: setting(sources, 'MODEL_DATA_REFRESH', onOrOff) ?? refresh ?? defaultModelData.refresh,
    url: setting(sources, 'MODEL_DATA_URL', readBaseUrl) ?? url ?? defaultModelData.url,
  }
}

function dataDirectoryOf(sources: Sources, directory: string): string {
  const { environment, file, findings } = sources
  const fromEnvironment = setting(sources, 'KEYWHEEL_DATA_DIR', plainText)
  const text = fromEnvironment ?? file.content.data_dir ?? defaultDataDirectory
  if (text.startsWith('~')) {
    const place = fromEnvironment === undefined ? file.placeOf(['data_dir']) : placeOfVariable(environment, 'KEYWHEEL_DATA_DIR')
    findings.problems.push({ ...place, message: 'The sign ~ has no meaning here.', remedy: 'Write the whole path.' })
  }
  return resolve(directory, text)
}
