/** Variables that people bring along from earlier gateways and that change nothing here: how each is checked, and what to do instead. */
import { duration } from './duration.ts'
import { valueOf } from './environment.ts'
import { decimal, onOrOff, oneOf, plainText, wholeNumber } from './readings.ts'
import { placeOfVariable } from './settings.ts'
import type { Reading } from './settings.ts'
import type { Sources } from './sources.ts'

/** How a value is checked although nothing is done with it, so that a mistake in it is not learnt of somewhere else. */
interface Check {
  /** For the reference. */
  readonly shown: string
  readonly read: (text: string) => Reading<unknown>
}

interface WithoutEffect {
  readonly form: string
  /** Where the form is no plain name. */
  readonly pattern?: RegExp
  readonly read: Check
  readonly instead: string
}

const seconds: Check = { shown: 'seconds', read: duration(0) }
const number: Check = { shown: 'whole number', read: wholeNumber(0) }
const share: Check = { shown: 'number from 0 to 1', read: decimal(0, 1) }
const onOff: Check = { shown: 'switch', read: onOrOff }
const path: Check = { shown: 'text', read: plainText }

const chains = 'Write chains in the order you want: `virtual_models.<name>.fallback_chain`.'
const oneStore = 'Calls are kept in one database in `data_dir`: set `KEYWHEEL_DATA_DIR`.'
const growingRests = 'Failing targets rest, and the rest grows by itself: nothing is to be set.'
const measured = 'Latencies are measured on your own calls; what is slow is bounded by `timeouts` and `health.slow_ms`.'
const noTiers = 'Calls are not sorted by what is in them: name the model, or a virtual model, that shall answer.'
const noSignIn = 'Sign-ins of other programs are not used: give an API key, `<PROVIDER>_API_KEY`.'
const fromAnswers = 'Limits are learnt from answers: `providers.<name>.learn_limits`.'

export const withoutEffect: readonly WithoutEffect[] = [
  {
    form: 'TIMEOUT_WRITE',
    read: seconds,
    instead: 'Sending counts towards the first byte: `timeouts.first_byte_ms`, `timeouts.whole_first_byte_ms`.',
  },
  { form: 'TIMEOUT_POOL', read: seconds, instead: 'No call waits for a connection; for a key it does: `GLOBAL_TIMEOUT`.' },
  {
    form: 'TRANSIENT_RETRY_JITTER',
    read: seconds,
    instead: 'Every pause is drawn by chance from all of its length: `TRANSIENT_RETRY_DELAY`, `retry.backoff_cap_ms`.',
  },
  { form: 'MODEL_INFO_REFRESH_INTERVAL', read: seconds, instead: 'Once a day, with `MODEL_DATA_REFRESH=true`.' },
  { form: 'OAUTH_REFRESH_INTERVAL', read: seconds, instead: noSignIn },
  { form: '<PROVIDER>_OAUTH_<N>', pattern: /^[A-Z0-9_]+_OAUTH_\d+$/, read: path, instead: noSignIn },
  { form: 'CHUTES_QUOTA_REFRESH_INTERVAL', read: seconds, instead: fromAnswers },
  { form: 'NANOGPT_QUOTA_REFRESH_INTERVAL', read: seconds, instead: fromAnswers },
  { form: 'FIRMWARE_QUOTA_REFRESH_INTERVAL', read: seconds, instead: fromAnswers },
  {
    form: 'FREE_ONLY_MODE',
    read: onOff,
    instead:
      'Nothing keeps calls from models that cost: list the free ones in `whitelist_models`, ignore `*`, and set `ENFORCE_MODEL_LISTS=true`.',
  },
  {
    form: 'PROVIDER_PRIORITY_<PROVIDER>',
    pattern: /^PROVIDER_PRIORITY_.+$/,
    read: { shown: 'whole number from 1 to 10', read: wholeNumber(1, 10) },
    instead: 'Providers name models differently: `priority` in the `fallback_chain` of a virtual model.',
  },
  { form: 'ROUTER_ENABLED', read: onOff, instead: chains },
  { form: 'ROUTER_DRY_RUN', read: onOff, instead: chains },
  { form: 'USE_DYNAMIC_CHAIN', read: onOff, instead: chains },
  { form: 'MODEL_RANKINGS_PATH', read: path, instead: chains },
  { form: 'TELEMETRY_DB_PATH', read: path, instead: oneStore },
  { form: 'TELEMETRY_DB_FALLBACK', read: path, instead: oneStore },
  { form: 'PENALTY_ENABLED', read: onOff, instead: growingRests },
  { form: 'PENALTY_HALFLIFE_S', read: seconds, instead: growingRests },
  { form: 'PENALTY_DB_PATH', read: path, instead: oneStore },
  { form: 'GATEWAY_RETRY_UNTIL_DONE', read: onOff, instead: 'A call goes on until `timeouts.deadline_ms`: make it longer.' },
  { form: 'GATEWAY_FORCE_TRY_COOLDOWN', read: onOff, instead: 'The last key of a model is never left out for its failures alone.' },
  { form: 'AUTO_ROUTE_MODE', read: { shown: '`all` or `ambiguous`', read: oneOf(['all', 'ambiguous']) }, instead: noTiers },
  { form: 'AUTO_ROUTE_THRESHOLD', read: share, instead: noTiers },
  { form: 'LATENCY_MIN_SAMPLES', read: number, instead: measured },
  { form: 'LATENCY_WINDOW_H', read: { shown: 'hours', read: decimal(0, 8760) }, instead: measured },
  { form: 'LATENCY_CACHE_TTL', read: seconds, instead: measured },
  { form: 'LATENCY_MIN_COMPLETION_TOKENS', read: number, instead: measured },
  { form: 'LATENCY_LEADERBOARD_CSV', read: path, instead: measured },
  { form: 'LATENCY_SPEEDS_PATH', read: path, instead: measured },
  { form: 'TIER_VERY_LONG_CHARS', read: number, instead: noTiers },
  { form: 'TIER_LONG_CHARS', read: number, instead: noTiers },
  { form: 'TIER_MANY_TOOLS', read: number, instead: noTiers },
  { form: 'TIER_MANY_ATTACHMENTS', read: number, instead: noTiers },
]

/** Checks those that are set, and names them all in one warning. */
export function reportWithoutEffect(sources: Sources): void {
  const namesByAdvice = new Map<string, string[]>()
  for (const name of [...sources.environment.keys()].toSorted()) {
    const entry = entryFor(name)
    if (entry === undefined || !isOn(sources, name, entry)) continue
    namesByAdvice.set(entry.instead, [...(namesByAdvice.get(entry.instead) ?? []), name])
  }
  const told = [...namesByAdvice].map(([instead, names]) => `${names.join(', ')} (${instead})`)
  if (told.length > 0) sources.findings.warnings.push(`Set, but without effect here: ${told.join(' ')}`)
}

export const isWithoutEffect = (name: string): boolean => entryFor(name) !== undefined

function entryFor(name: string): WithoutEffect | undefined {
  return withoutEffect.find(({ form, pattern }) => (pattern === undefined ? form === name : pattern.test(name)))
}

/** A switch that is off asks for nothing. */
function isOn({ environment, findings }: Sources, name: string, { read }: WithoutEffect): boolean {
  const text = valueOf(environment, name)
  if (text === undefined) return false
  const reading = read.read(text)
  if (reading.ok) return reading.value !== false
  findings.problems.push({
    ...placeOfVariable(environment, name),
    message: 'The value cannot be used.',
    remedy: `Write ${reading.expected}; or remove it, as it has no effect here.`,
  })
  return false
}
