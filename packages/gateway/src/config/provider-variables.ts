/** The variables that belong to one provider, by the prefix it has in the environment: `GROQ` in `GROQ_API_KEY_2`. */
import { chatDialects } from '../domain/chat-dialects.ts'
import type { DescribedVariable } from './settings.ts'

/** A variable whose name holds a provider's prefix. */
export interface ProviderVariable extends DescribedVariable {
  /** For people: `ROTATION_MODE_<PROVIDER>`. */
  readonly form: string
  /** The name for a prefix, of those that are asked for by name. */
  readonly nameFor?: (prefix: string) => string
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

/** Every variable of a provider that is read, for the reference. */
export const providerVariables: Readonly<Record<ProviderVariableKind, ProviderVariable>> = {
  key: { form: '<PROVIDER>_API_KEY[_<N>]', what: 'A key; numbered ones are further keys of the same provider.', standard: 'none' },
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
}

/** `nvidia-nim` → `NVIDIA_NIM` */
export const prefixOf = (provider: string): string => provider.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
