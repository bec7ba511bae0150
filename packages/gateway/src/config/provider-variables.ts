/** The variables that belong to one provider, by the prefix it has in the environment: `GROQ` in `GROQ_API_KEY_2`. */
import { chatDialects } from '../domain/chat-dialects.ts'
import type { DescribedVariable } from './settings.ts'

/** A variable whose name holds a provider's prefix. */
export interface ProviderVariable extends DescribedVariable {
  /** For people: `ROTATION_MODE_<PROVIDER>`. */
  readonly form: string
  /** The name for a prefix, of those that are asked for by name. */
  readonly nameFor?: (prefix: string) => string
  /** Of names that go on behind the prefix: what they begin with. */
  readonly head?: string
  /** Names of this form, with the prefix as the first group. Only forms that no other program uses. */
  readonly recognised?: RegExp
}

export type ProviderVariableKind =
  | 'key'
  | 'keyPriority'
  | 'base'
  | 'dialect'
  | 'models'
  | 'whitelist'
  | 'ignore'
  | 'rotation'
  | 'tolerance'
  | 'optimal'
  | 'max'
  | 'keyTier'
  | 'enforce'
  | 'multiplier'
  | 'fallbackMultiplier'
  | 'quotaGroup'
  | 'fairCycle'
  | 'fairCycleTracking'
  | 'fairCycleCrossTier'
  | 'fairCycleDuration'
  | 'exhaustion'
  | 'fairCycleQuota'
  | 'fairCycleReset'
  | 'cap'
  | 'capCooldown'

/** Every variable of a provider that is read, for the reference. */
export const providerVariables: Readonly<Record<ProviderVariableKind, ProviderVariable>> = {
  key: { form: '<PROVIDER>_API_KEY[_<N>]', what: 'A key; numbered ones are further keys of the same provider.', standard: 'none' },
  keyTier: {
    form: '<PROVIDER>_API_KEY[_<N>]_TIER',
    what: 'Your name for what the key may do, such as `free` (`keys[].tier`).',
    standard: 'none',
  },
  keyPriority: { form: '<PROVIDER>_API_KEY[_<N>]_PRIORITY', what: 'Lower is used first.', standard: '`1`' },
  base: {
    form: '<PROVIDER>_API_BASE',
    what: 'The address (`base_url`); with a name the catalogue does not know, a provider of your own.',
    standard: 'the catalogue',
    nameFor: (prefix) => `${prefix}_API_BASE`,
  },
  dialect: {
    form: '<PROVIDER>_DIALECT',
    what: `What its chat speaks (\`dialect\`): ${chatDialects.map((name) => `\`${name}\``).join(', ')}.`,
    standard: 'the catalogue, or `openai-chat`',
    nameFor: (prefix) => `${prefix}_DIALECT`,
  },
  models: {
    form: '<PROVIDER>_MODELS',
    what: 'Models offered in front of the provider\'s own list: `["a", "b"]` or `{"public": {"id": "…", "options": {}}}` (`models`).',
    standard: 'none',
    nameFor: (prefix) => `${prefix}_MODELS`,
  },
  whitelist: {
    form: 'WHITELIST_MODELS_<PROVIDER>',
    what: 'Patterns, separated by commas: always shown (`whitelist_models`).',
    standard: 'none',
    nameFor: (prefix) => `WHITELIST_MODELS_${prefix}`,
    recognised: /^WHITELIST_MODELS_(.+)$/,
  },
  ignore: {
    form: 'IGNORE_MODELS_<PROVIDER>',
    what: 'Patterns, separated by commas: hidden, unless the whitelist shows them (`ignore_models`).',
    standard: 'none',
    nameFor: (prefix) => `IGNORE_MODELS_${prefix}`,
    recognised: /^IGNORE_MODELS_(.+)$/,
  },
  enforce: suffixed('ENFORCE_MODEL_LISTS', 'A hidden model cannot be asked for either (`enforce_model_lists`).', '`ENFORCE_MODEL_LISTS`'),
  rotation: {
    form: 'ROTATION_MODE_<PROVIDER>',
    what: '`balanced` or `sequential` (`rotation`).',
    standard: '`balanced`',
    nameFor: (prefix) => `ROTATION_MODE_${prefix}`,
    recognised: /^ROTATION_MODE_(.+)$/,
  },
  tolerance: {
    form: 'ROTATION_TOLERANCE_<PROVIDER>',
    what: 'Tolerance of balanced rotation (`tolerance`).',
    standard: '`3`',
    nameFor: (prefix) => `ROTATION_TOLERANCE_${prefix}`,
    recognised: /^ROTATION_TOLERANCE_(.+)$/,
  },
  optimal: {
    form: 'OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_<PROVIDER>[_BALANCED|_SEQUENTIAL]',
    what: 'Calls a key has at once before others are preferred; 0 or less: any number (`optimal_concurrency`).',
    standard: '`1` in balanced rotation, none in sequential',
    nameFor: (prefix) => `OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_${prefix}`,
    recognised: /^OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_(.+?)(?:_BALANCED|_SEQUENTIAL)?$/,
  },
  max: {
    form: 'MAX_CONCURRENT_REQUESTS_PER_KEY_<PROVIDER>[_BALANCED|_SEQUENTIAL]',
    what: 'Calls a key has at once at most; 0 or less: any number (`max_concurrency`).',
    standard: 'none',
    nameFor: (prefix) => `MAX_CONCURRENT_REQUESTS_PER_KEY_${prefix}`,
    recognised: /^MAX_CONCURRENT_REQUESTS_PER_KEY_(.+?)(?:_BALANCED|_SEQUENTIAL)?$/,
  },
  multiplier: {
    form: 'CONCURRENCY_MULTIPLIER_<PROVIDER>_PRIORITY_<N>[_BALANCED|_SEQUENTIAL]',
    what: 'For keys of this priority both are multiplied with it, 1 or more (`concurrency_multipliers`).',
    standard: '`1`',
    head: 'CONCURRENCY_MULTIPLIER_',
    recognised: /^CONCURRENCY_MULTIPLIER_(.+?)(?:_PRIORITY_.*)?$/,
  },
  fallbackMultiplier: suffixed(
    'SEQUENTIAL_FALLBACK_MULTIPLIER',
    'The same for priorities without one of their own, in sequential rotation only (`fallback_multiplier`: in either).',
    '`1`',
  ),
  quotaGroup: {
    form: 'QUOTA_GROUPS_<PROVIDER>_<GROUP>',
    what: 'Models that share one quota, separated by commas; with nothing in it, it takes away a group of the file (`quota_groups`).',
    standard: 'none',
    head: 'QUOTA_GROUPS_',
    recognised: /^QUOTA_GROUPS_([^_]+)/,
  },
  fairCycle: suffixed(
    'FAIR_CYCLE',
    'Each key is used up once before any is used again (`fair_cycle`).',
    '`true` in sequential rotation, else `false`',
  ),
  fairCycleTracking: suffixed(
    'FAIR_CYCLE_TRACKING_MODE',
    '`model_group`: a key is used up for a model or a quota group; `credential`: as a whole (`fair_cycle.tracks`).',
    '`model_group`',
  ),
  fairCycleCrossTier: suffixed(
    'FAIR_CYCLE_CROSS_TIER',
    'One cycle over all priorities; else each has its own (`fair_cycle.cross_tiers`).',
    '`false`',
  ),
  fairCycleDuration: suffixed(
    'FAIR_CYCLE_DURATION',
    'Seconds, or a time such as `1d`, after which a cycle ends at the latest (`fair_cycle.duration_ms`).',
    '`86400`',
  ),
  exhaustion: suffixed(
    'EXHAUSTION_COOLDOWN_THRESHOLD',
    'A rest of at least this, in seconds or such as `5m`, means that the key is used up (`fair_cycle.exhausted_from_ms`).',
    '`300`',
  ),
  fairCycleQuota: suffixed(
    'FAIR_CYCLE_QUOTA_THRESHOLD',
    'The part of a known limit at which a key counts as used up (`fair_cycle.quota_share`).',
    '`1`',
  ),
  fairCycleReset: suffixed(
    'FAIR_CYCLE_RESET_COOLDOWN_THRESHOLD',
    'A used-up key that is back within this, in seconds, is waited for before the cycle begins anew (`fair_cycle.wait_for_ms`).',
    '`90`',
  ),
  cap: {
    form: 'CUSTOM_CAP_<PROVIDER>_T<PRIORITY>[_<PRIORITY>…]_<MODEL>',
    what: 'How often each key of these priorities is used for a model or quota group within its window: `100`, `80%` of the known limit, `+20` or `-20` beside it; `TDEFAULT`: all keys that no other cap for the model names (`caps`).',
    standard: 'none',
    head: 'CUSTOM_CAP_',
    recognised: /^CUSTOM_CAP_(?!COOLDOWN_)(.+?)(?:_T(?:\d|DEFAULT).*)?$/,
  },
  capCooldown: {
    form: 'CUSTOM_CAP_COOLDOWN_<PROVIDER>_T<PRIORITY>[_<PRIORITY>…]_<MODEL>',
    what: 'How long the key is left alone then: `quota_reset`, `offset:30m` or `offset:-5m` beside it, or `fixed:2h`; plain numbers are seconds (`caps[].cooldown`).',
    standard: '`quota_reset`',
    head: 'CUSTOM_CAP_COOLDOWN_',
    recognised: /^CUSTOM_CAP_COOLDOWN_(.+?)(?:_T(?:\d|DEFAULT).*)?$/,
  },
}

/** A variable that ends with the prefix. */
function suffixed(head: string, what: string, standard: string): ProviderVariable {
  return {
    form: `${head}_<PROVIDER>`,
    what,
    standard,
    nameFor: (prefix) => `${head}_${prefix}`,
    recognised: new RegExp(`^${head}_(.+)$`),
  }
}

/** `nvidia-nim` → `NVIDIA_NIM` */
export const prefixOf = (provider: string): string => provider.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
