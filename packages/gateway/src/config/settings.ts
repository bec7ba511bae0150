/** The variables that set one thing for the whole gateway: the table of all of them, and how a value is read. */
import { valueOf } from './environment.ts'
import type { Environment } from './environment.ts'
import type { Findings } from './problem.ts'

/** A value, or what should have been written instead: "a whole number from 1 to 65535". */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string }

export type SettingName =
  | 'KEYWHEEL_CONFIG'
  | 'KEYWHEEL_DATA_DIR'
  | 'HOST'
  | 'PORT'
  | 'DRAIN_SECONDS'
  | 'PROXY_API_KEY'
  | 'ALLOW_OPEN_ACCESS'
  | 'CORS_ORIGINS'
  | 'LOG_LEVEL'
  | 'GLOBAL_TIMEOUT'
  | 'TIMEOUT_CONNECT'
  | 'TIMEOUT_READ_STREAMING'
  | 'TIMEOUT_READ_NON_STREAMING'
  | 'TRANSIENT_RETRY_DELAY'
  | 'UPSTREAM_RETRY_BASE_MS'
  | 'MAX_UPSTREAM_RETRIES'
  | 'STREAM_RETRY_ON_REASONING_ONLY'
  | 'HEALTH_CHECK_SKIP'
  | 'OVERRIDE_TEMPERATURE_ZERO'
  | 'ENFORCE_MODEL_LISTS'
  | 'EXHAUSTION_COOLDOWN_THRESHOLD'
  | 'SMALL_COOLDOWN_RETRY_THRESHOLD'
  | 'MAX_TOKENS_LIMIT'
  | 'USAGE_RETENTION_DAYS'
  | 'USE_EMBEDDING_BATCHER'
  | 'MODEL_DATA_REFRESH'
  | 'MODEL_DATA_URL'
  | 'ROTATION_TOLERANCE'
  | 'OPENAI_BASE_URL'

export interface DescribedVariable {
  readonly what: string
  readonly standard: string
}

/** Every variable with a fixed name that is read, for the reference. Those of single providers: `provider-variables.ts`. */
export const settings: Readonly<Record<SettingName, DescribedVariable>> = {
  KEYWHEEL_CONFIG: { what: 'The configuration file, unless `--config` names one.', standard: '`keywheel.yaml`, if there is one' },
  KEYWHEEL_DATA_DIR: { what: 'Where the gateway keeps what it remembers (`data_dir`).', standard: '`./data`' },
  HOST: { what: 'The address to listen on (`server.host`).', standard: '`127.0.0.1`' },
  PORT: { what: 'The port to listen on (`server.port`).', standard: '`8000`' },
  DRAIN_SECONDS: {
    what: 'Seconds calls under way may go on after SIGTERM or SIGINT (`server.drain_ms`).',
    standard: '`60`',
  },
  PROXY_API_KEY: {
    what: 'Keys that callers must show, separated by commas; added to `access.proxy_api_keys`.',
    standard: 'none: open access',
  },
  ALLOW_OPEN_ACCESS: { what: 'Permits open access on an address that others can reach (`access.allow_open_access`).', standard: '`false`' },
  CORS_ORIGINS: { what: 'Web pages that may call the gateway, separated by commas (`server.cors_origins`).', standard: 'none' },
  LOG_LEVEL: { what: 'How much is logged, such as `info,router=debug`; joined with `log.levels`.', standard: '`info`' },
  GLOBAL_TIMEOUT: { what: 'Seconds a call waits for a key while all are busy or resting (`retry.acquire_timeout_ms`).', standard: '`30`' },
  TIMEOUT_CONNECT: { what: 'Seconds until a connection must stand (`timeouts.connect_ms`).', standard: '`5`' },
  TIMEOUT_READ_STREAMING: { what: 'Seconds between two data events of a stream (`timeouts.idle_ms`).', standard: '`60`' },
  TIMEOUT_READ_NON_STREAMING: { what: 'Seconds until a whole answer begins (`timeouts.whole_first_byte_ms`).', standard: '`300`' },
  TRANSIENT_RETRY_DELAY: { what: 'Seconds before the second attempt (`retry.backoff_base_ms`).', standard: '`0.25`' },
  UPSTREAM_RETRY_BASE_MS: { what: 'The same in milliseconds; `TRANSIENT_RETRY_DELAY` wins.', standard: '`250`' },
  MAX_UPSTREAM_RETRIES: {
    what: 'Attempts on one provider and model before the next one of a chain (`retry.max_attempts_per_target`).',
    standard: '`3`',
  },
  STREAM_RETRY_ON_REASONING_ONLY: {
    what: 'Another target is still tried while everything that was sent is reasoning (`streams.retry_reasoning_only`).',
    standard: '`false`',
  },
  HEALTH_CHECK_SKIP: {
    what: 'Providers that are left out of probes, separated by commas; added to those with `skip_probes`.',
    standard: 'none',
  },
  OVERRIDE_TEMPERATURE_ZERO: {
    what: 'A temperature of exactly 0 is taken out of requests (`remove`) or set to 1 (`set`, `true`) (`override_temperature_zero`).',
    standard: '`false`',
  },
  ENFORCE_MODEL_LISTS: {
    what: 'Hidden models cannot be asked for either, of any provider (`providers.<name>.enforce_model_lists`).',
    standard: '`false`',
  },
  EXHAUSTION_COOLDOWN_THRESHOLD: {
    what: 'A rest of at least this, in seconds or such as `5m`, means that a key is used up, for all providers (`providers.<name>.fair_cycle.exhausted_from_ms`).',
    standard: '`300`',
  },
  SMALL_COOLDOWN_RETRY_THRESHOLD: {
    what: 'Seconds a provider may ask for before another key is tried instead (`retry.max_wait_ms`).',
    standard: '`10`',
  },
  MAX_TOKENS_LIMIT: { what: 'The largest max_tokens a caller may ask for (`max_tokens_limit`).', standard: 'what the models allow' },
  USAGE_RETENTION_DAYS: { what: 'Days for which calls are remembered (`usage.retention_days`).', standard: '`90`' },
  USE_EMBEDDING_BATCHER: {
    what: 'Puts concurrent small requests for embeddings into one (`embeddings.batch`).',
    standard: '`false`',
  },
  MODEL_DATA_REFRESH: {
    what: 'Fetches limits, abilities and prices of models anew once a day (`models.refresh`).',
    standard: '`false`: those that ship',
  },
  MODEL_DATA_URL: { what: 'Where they are fetched from (`models.url`).', standard: '`https://models.dev/api.json`' },
  ROTATION_TOLERANCE: { what: 'Tolerance of balanced rotation for all providers (`providers.<name>.tolerance`).', standard: '`3`' },
  OPENAI_BASE_URL: { what: 'The same as `OPENAI_API_BASE`, which wins.', standard: 'the catalogue' },
}

/** What reading a variable needs. */
export interface SettingSource {
  readonly environment: Environment
  readonly findings: Findings
}

/** The setting's value, or undefined when it is not set. A value that cannot be read is a problem. */
export function setting<T>(source: SettingSource, name: SettingName, read: (text: string) => Reading<T>): T | undefined {
  return readVariable(source, name, read)
}

/** The same for a variable whose name holds a provider's. */
export function readVariable<T>({ environment, findings }: SettingSource, name: string, read: (text: string) => Reading<T>): T | undefined {
  const text = valueOf(environment, name)
  if (text === undefined) return undefined
  const reading = read(text)
  if (reading.ok) return reading.value
  findings.problems.push({
    ...placeOfVariable(environment, name),
    message: 'The value cannot be used.',
    remedy: `Write ${reading.expected}.`,
  })
  return undefined
}

/** Where a variable was set, for problems. */
export function placeOfVariable(environment: Environment, name: string): { file: string; line?: number; path: string } {
  const variable = environment.get(name)
  const file = variable?.file ?? 'environment'
  return variable?.line === undefined ? { file, path: name } : { file, line: variable.line, path: name }
}
