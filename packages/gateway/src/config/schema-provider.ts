/** The part of the schema that describes one provider. */
import * as z from 'zod'
import { chatDialects } from '../domain/chat-dialects.ts'
import { defaultKeyPriority, defaultProvider } from './defaults.ts'
import type { FileModels, FileProvider } from './file-content.ts'
import { addressPartPattern, tierPattern } from './readings.ts'
import { count, field, modelName, text, timeouts, waitOrNone } from './schema-fields.ts'
import { cap, fairCycle, window } from './schema-pool.ts'

const addressPart = z.string().regex(addressPartPattern, 'Use letters, digits, dots, dashes and underscores.')
const tier = z.string().regex(tierPattern, 'Begin with a letter; use letters, digits, dots, dashes and underscores.')
const priorityName = z.string().regex(/^[1-9]\d{0,5}$/, 'Use priorities: whole numbers from 1.')
const multiplier = z.number().min(1).max(1000)

const key = z.union(
  [
    text,
    z.strictObject({
      key: text.meta({ description: 'The key.' }),
      priority: field(count, 'Lower is used first.', defaultKeyPriority),
      tier: field(tier, 'Your name for what it may do, such as `free`; for people and for caps.'),
    }),
  ],
  'Write the key as text, or { key: …, priority: … }.',
)

const options = z.record(z.string(), z.unknown())
export const models: z.ZodType<FileModels> = z.union(
  [
    z.array(text),
    z.record(
      modelName,
      z
        .strictObject({
          id: field(text, "The provider's own name of the model; else the name in front."),
          options: field(options, 'Parameters added to requests that lack them.'),
        })
        .nullable(),
    ),
  ],
  'Write a list of names, or names with { id: …, options: … }.',
)

export const provider: z.ZodType<FileProvider> = z.strictObject({
  enabled: field(z.boolean(), 'false: the provider is left out, whatever keys it has.', true),
  base_url: field(text, "Address up to and including the version, such as `https://api.example.org/v1`; else the catalogue's."),
  dialect: field(z.enum(chatDialects), "What its chat speaks; else the catalogue's, or `openai-chat` for a provider of your own."),
  variables: field(
    z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), addressPart),
    "Parts of the catalogue's address, such as `{ resource: my-resource }` for Azure.",
  ),
  keys: field(z.array(key), 'Keys, beside those of the environment; `${NAME}` takes one from a variable.', []),
  rotation: field(
    z.enum(['balanced', 'sequential']),
    'balanced spreads calls over the keys; sequential uses one until it is exhausted.',
    defaultProvider.rotation,
  ),
  tolerance: field(
    z.number().min(0).max(1000),
    'balanced: 0 always takes the least used key, more spreads wider.',
    defaultProvider.tolerance,
  ),
  optimal_concurrency: field(
    z.int().min(0),
    'Calls a key has at once before others are preferred; 0: any number. Sequential rotation: none.',
    defaultProvider.optimalConcurrency,
  ),
  max_concurrency: field(z.int().min(0), 'Calls a key has at once at most; 0: any number.', 0),
  concurrency_multipliers: field(
    z.record(priorityName, multiplier),
    'By priority of keys: what both are multiplied with, such as `{ 1: 3 }`.',
  ),
  fallback_multiplier: field(multiplier, 'The same for priorities that are not among them.', 1),
  quota_groups: field(
    z.record(modelName, z.array(text).min(1)),
    'Models that share one quota at the provider, such as `{ pro: [model-a, model-b] }`.',
  ),
  model_priorities: field(
    z.record(text, count),
    'Models that only keys up to this priority may serve; keys without a tier are a last resort there.',
  ),
  window,
  enforce_window: field(z.boolean(), 'A limit that is known closes a key even where no answer has said so.', false),
  fair_cycle: fairCycle,
  caps: field(z.array(cap), 'Limits of your own on how often keys are used within their window.', []),
  learn_limits: field(z.boolean(), 'Limits are read from answers, so that a key that is about to be refused is not chosen.', true),
  adapt_concurrency: field(z.boolean(), 'Calls that wait for their first byte are kept to what the provider bears.', true),
  wait_on_429_ms: field(
    waitOrNone,
    'How long a limited key is waited for by a conversation that has been on it, because its prompt cache is warm.',
    0,
  ),
  wait_for_busy_ms: field(waitOrNone, 'The same for a key that is only busy. Sequential rotation: 15000.', 0),
  skip_probes: field(z.boolean(), 'Left out of probes (`health.probes`).', false),
  timeouts: field(timeouts({}), 'Replaces the general ones, field by field.'),
  models: field(models, "Names offered in front of the provider's own list."),
  whitelist_models: field(z.array(text), 'Patterns with * and ?: always shown.', []),
  ignore_models: field(z.array(text), 'Patterns with * and ?: hidden, unless the whitelist shows them.', []),
  enforce_model_lists: field(z.boolean(), 'A hidden model cannot be asked for either.', false),
  rejects: field(z.array(text), 'Request fields the provider refuses; they are taken out.', []),
})
