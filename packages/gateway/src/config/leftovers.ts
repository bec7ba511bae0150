/** Variables that would otherwise be passed over in silence: those of earlier gateways, and those that name nobody. */
import { nearest } from '../domain/nearest.ts'
import type { Environment } from './environment.ts'
import { providerVariables } from './provider-variables.ts'
import { settings } from './settings.ts'

/** Set by people who come from earlier gateways; not supported yet. */
const unsupportedVariables: readonly RegExp[] = [
  /^FAIR_CYCLE_/,
  /^CUSTOM_CAP_/,
  /^QUOTA_GROUPS_/,
  /^CONCURRENCY_MULTIPLIER_/,
  /^SEQUENTIAL_FALLBACK_MULTIPLIER_/,
  /^EXHAUSTION_COOLDOWN_THRESHOLD(?:_|$)/,
  /^PROVIDER_PRIORITY_/,
  /^[A-Z0-9_]+_API_KEY(?:_\d+)?_TIER$/,
  /^[A-Z0-9_]+_OAUTH_\d+$/,
  /^(?:CHUTES|NANOGPT|FIRMWARE)_QUOTA_REFRESH_INTERVAL$/,
  /^TIMEOUT_(?:WRITE|POOL)$/,
  /^TRANSIENT_RETRY_JITTER$/,
  /^USE_EMBEDDING_BATCHER$/,
  /^OVERRIDE_TEMPERATURE_ZERO$/,
  /^STREAM_RETRY_ON_REASONING_ONLY$/,
  /^MODEL_INFO_REFRESH_INTERVAL$/,
  /^OAUTH_REFRESH_INTERVAL$/,
  /^HEALTH_CHECK_SKIP$/,
  /^FREE_ONLY_MODE$/,
  /^UPSTREAM_RETRY_BASE_MS$/,
  /^MAX_UPSTREAM_RETRIES$/,
  /^ROUTER_(?:ENABLED|DRY_RUN)$/,
  /^USE_DYNAMIC_CHAIN$/,
  /^TELEMETRY_DB_(?:PATH|FALLBACK)$/,
  /^PENALTY_(?:ENABLED|HALFLIFE_S|DB_PATH)$/,
  /^GATEWAY_(?:RETRY_UNTIL_DONE|FORCE_TRY_COOLDOWN)$/,
  /^AUTO_ROUTE_(?:MODE|THRESHOLD)$/,
  /^MODEL_RANKINGS_PATH$/,
  /^LATENCY_(?:MIN_SAMPLES|WINDOW_H|CACHE_TTL|MIN_COMPLETION_TOKENS|LEADERBOARD_CSV|SPEEDS_PATH)$/,
  /^TIER_(?:VERY_LONG_CHARS|LONG_CHARS|MANY_TOOLS|MANY_ATTACHMENTS)$/,
]

/** One warning for each variable that has no effect although someone seems to expect one. */
export function warnOfLeftovers(environment: Environment, prefixes: ReadonlySet<string>, warnings: string[]): void {
  for (const { name, file } of environment.values()) {
    const warning = unsupported(name) ?? namesNobody(name, prefixes) ?? oddKeyName(name, prefixes) ?? misspelt(name, file)
    if (warning !== undefined) warnings.push(warning)
  }
}

function unsupported(name: string): string | undefined {
  return unsupportedVariables.some((pattern) => pattern.test(name)) ? `${name} is not supported yet and has no effect.` : undefined
}

function namesNobody(name: string, prefixes: ReadonlySet<string>): string | undefined {
  for (const { recognised } of Object.values(providerVariables)) {
    const prefix = recognised?.exec(name)?.[1]
    if (prefix === undefined || prefixes.has(prefix)) continue
    const close = nearest(prefix, prefixes, 1)
    const hint = close.length > 0 ? ` Did you mean ${name.replace(prefix, close.join(''))}?` : ''
    return `${name} has no effect: no provider has the prefix ${prefix}.${hint}`
  }
  return undefined
}

/** `GROQ_API_KEY_WORK` looks like a key, but keys are told apart by numbers. */
function oddKeyName(name: string, prefixes: ReadonlySet<string>): string | undefined {
  const [, prefix, rest] = /^([A-Z0-9_]+?)_API_KEY_(.+)$/.exec(name) ?? []
  if (prefix === undefined || rest === undefined || !prefixes.has(prefix) || /^(?:\d+|(?:\d+_)?PRIORITY)$/.test(rest)) return undefined
  return `${name} has no effect: further keys are numbered, such as ${prefix}_API_KEY_2.`
}

/** Only in files, which are written for this gateway; the process's environment is full of others' names. */
function misspelt(name: string, file: string): string | undefined {
  if (file === 'environment' || Object.hasOwn(settings, name) || name.length < 6) return undefined
  const close = nearest(name, Object.keys(settings), 1).find((known) => Math.abs(known.length - name.length) <= 1)
  return close === undefined ? undefined : `${name} in ${file} is not a setting. Did you mean ${close}?`
}
