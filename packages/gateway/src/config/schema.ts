/** The one schema of `keywheel.yaml`. It checks files here, and editors get it as JSON schema. */
import * as z from 'zod'
import { chatDialects } from '../domain/chat-dialects.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import {
  defaultDataDirectory,
  defaultEmbeddingBatch,
  defaultKeyPriority,
  defaultModelData,
  defaultProvider,
  defaultRetry,
  defaultServer,
  defaultTimeouts,
  defaultResponsesRetentionDays,
  defaultUsageRetentionDays,
} from './defaults.ts'
import type { FileContent, FileModels, FileTimeouts } from './file-content.ts'
import { addressPartPattern } from './readings.ts'
import { logComponents, logLevels } from './log-levels.ts'

/** A day: far beyond any sensible wait, far below what a timer of Node can hold. */
const longestWaitMs = 86_400_000

const text = z.string().min(1)
const count = z.int().min(1).max(1_000_000)
const wait = z.int().min(1).max(longestWaitMs)
const waitOrNone = z.int().min(0).max(longestWaitMs)
const providerName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'Use lower-case letters, digits, dots, dashes and underscores.')
const modelName = z.string().regex(/^[A-Za-z0-9][\w.:/@+-]{0,127}$/, 'Use letters, digits and . : / @ + - _ without spaces.')

const addressPart = z.string().regex(addressPartPattern, 'Use letters, digits, dots, dashes and underscores.')

/** May be left out or left blank. Its description and default are what editors and the reference show. */
function field<T extends z.ZodType>(schema: T, description: string, standard?: unknown): z.ZodOptional<z.ZodNullable<T>> {
  return schema.nullish().meta(standard === undefined ? { description } : { description, default: standard })
}

/** Of a provider or a virtual model, a timeout that is not set is the general one. */
function timeouts(standard: Partial<Timeouts>): z.ZodType<FileTimeouts> {
  return z.strictObject({
    connect_ms: field(wait, 'Until the connection stands.', standard.connectMs),
    first_byte_ms: field(wait, 'Streams: until the first data event.', standard.firstByteMs),
    reasoning_first_byte_ms: field(wait, 'The same for models that think before they answer.', standard.reasoningFirstByteMs),
    whole_first_byte_ms: field(wait, 'Whole answers: until the first byte.', standard.wholeFirstByteMs),
    idle_ms: field(wait, 'Between two data events of a stream, or two blocks of a whole answer.', standard.idleMs),
    deadline_ms: field(wait, 'Over all attempts, until one begins to answer.', standard.deadlineMs),
    stream_life_ms: field(wait, 'A stream is cut after this, however lively it is.', standard.streamLifeMs),
  })
}

const server = z.strictObject({
  host: field(text, 'The address to listen on.', defaultServer.host),
  port: field(z.int().min(0).max(65_535), 'The port to listen on; 0: any free one.', defaultServer.port),
  cors_origins: field(
    z.array(text),
    'Web pages that may call the gateway, such as `https://lite.koboldai.net`; `null` for pages from a file.',
    [],
  ),
  max_body_bytes: field(z.int().min(1024).max(1_073_741_824), 'The largest request body.', defaultServer.maxBodyBytes),
  keep_alive_ms: field(wait, 'Silence on a stream before a keep-alive comment is written.', defaultServer.keepAliveMs),
  early_commit_ms: field(
    waitOrNone,
    'Silence before the first content after which a stream begins with keep-alive comments; 0: never.',
    defaultServer.earlyCommitMs,
  ),
})

const access = z.strictObject({
  proxy_api_keys: field(z.array(text), 'Keys that callers must show; none: open access.', []),
  allow_open_access: field(z.boolean(), 'Permits open access on an address that others can reach.', false),
})

const retry = z.strictObject({
  max_attempts_per_target: field(
    count,
    'Attempts on one provider and model before the next one of a chain.',
    defaultRetry.maxAttemptsPerTarget,
  ),
  max_attempts_per_key: field(count, 'Attempts with one key before the next one.', defaultRetry.maxAttemptsPerKey),
  backoff_base_ms: field(waitOrNone, 'Pause before the second attempt; it doubles with each further one.', defaultRetry.backoffBaseMs),
  backoff_cap_ms: field(waitOrNone, 'The longest such pause; never less than the base.', defaultRetry.backoffCapMs),
  max_wait_ms: field(
    waitOrNone,
    'A provider that asks for less patience than this gets it; else the next key is tried.',
    defaultRetry.maxWaitMs,
  ),
  acquire_timeout_ms: field(wait, 'How long a call waits for a key while all are busy or resting.', defaultRetry.acquireTimeoutMs),
})

const key = z.union(
  [
    text,
    z.strictObject({ key: text.meta({ description: 'The key.' }), priority: field(count, 'Lower is used first.', defaultKeyPriority) }),
  ],
  'Write the key as text, or { key: …, priority: … }.',
)

const options = z.record(z.string(), z.unknown())
const models = z.union(
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

const provider = z.strictObject({
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
  timeouts: field(timeouts({}), 'Replaces the general ones, field by field.'),
  models: field(models, "Names offered in front of the provider's own list."),
  whitelist_models: field(z.array(text), 'Patterns with * and ?: always shown.', []),
  ignore_models: field(z.array(text), 'Patterns with * and ?: hidden, unless the whitelist shows them.', []),
  rejects: field(z.array(text), 'Request fields the provider refuses; they are taken out.', []),
})

const chainEntry = z.strictObject({
  provider: text.meta({ description: 'A provider of the catalogue or of this file.' }),
  model: text.meta({ description: "The provider's own name of the model." }),
  priority: field(count, 'Lower is tried first; else its place in the list.'),
})

const virtualModel = z.strictObject({
  description: field(z.string(), 'For people.'),
  fallback_chain: z.array(chainEntry).min(1).meta({ description: 'What is tried, best first.' }),
  timeouts: field(timeouts({}), 'Replaces the general ones, field by field.'),
})

const log = z.strictObject({
  levels: field(z.partialRecord(z.enum(logComponents), z.enum(logLevels)), 'A level for each component; `default` for all others.', {
    default: 'info',
  }),
})

/** Checks a file's content. */
export const fileSchema: z.ZodType<FileContent> = z
  .strictObject({
    server: field(server, 'Where and how the gateway listens.'),
    access: field(access, 'Who may call.'),
    data_dir: field(text, 'Where the gateway keeps what it remembers.', defaultDataDirectory),
    log: field(log, 'What is logged.'),
    timeouts: field(timeouts(defaultTimeouts), 'How long is waited; each can be replaced for a provider and for a virtual model.'),
    retry: field(retry, 'How failures are tried again.'),
    usage: field(
      z.strictObject({
        retention_days: field(z.int().min(1).max(36_500), 'Days for which calls are remembered.', defaultUsageRetentionDays),
      }),
      'What is kept of calls.',
    ),
    embeddings: field(
      z.strictObject({
        batch: field(
          z.strictObject({
            max_items: field(z.int().min(2).max(2048), 'Texts in one request at most.', defaultEmbeddingBatch.maxItems),
            max_wait_ms: field(z.int().min(1).max(1000), 'How long the first waits for company.', defaultEmbeddingBatch.maxWaitMs),
          }),
          'Puts concurrent small requests that differ in nothing but their input into one; off unless it is here.',
        ),
      }),
      'How embeddings are asked for.',
    ),
    responses: field(
      z.strictObject({
        retention_days: field(
          z.int().min(0).max(36_500),
          'Days for which answers of the Responses API are kept for later calls to name; 0: none are.',
          defaultResponsesRetentionDays,
        ),
      }),
      'What is kept of conversations.',
    ),
    models: field(
      z.strictObject({
        refresh: field(z.boolean(), 'Fetches limits, abilities and prices of models anew once a day.', defaultModelData.refresh),
        url: field(z.url({ protocol: /^https?$/ }), 'Where they are fetched from, in the form of models.dev.', defaultModelData.url),
      }),
      'What is known of models beside the catalogue.',
    ),
    max_tokens_limit: field(z.int().min(1), 'The largest max_tokens a caller may ask for; else what the models are known to allow.'),
    providers: field(z.record(providerName, provider.nullable()), 'By name. An empty entry takes everything from the catalogue.'),
    virtual_models: field(z.record(modelName, virtualModel), 'Models of your own, each a chain of real ones.'),
    aliases: field(z.record(modelName, text), 'Other names for virtual models, for `provider/model` or for other aliases.'),
  })
  .meta({ title: 'Keywheel configuration' })

/** Checks what `<PROVIDER>_MODELS` holds. */
export const modelsSchema: z.ZodType<FileModels> = models

/** The same schema for editors; there, `${NAME}` is welcome in place of numbers and switches as well. */
export function toEditorSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(fileSchema, {
    override: ({ jsonSchema }) => {
      const types = [jsonSchema.type].flat()
      if (!types.some((type) => type === 'integer' || type === 'number' || type === 'boolean')) return
      const { description, default: standard, ...plain } = jsonSchema
      for (const name of Object.keys(jsonSchema)) delete jsonSchema[name]
      const shown = { ...(description !== undefined && { description }), ...(standard !== undefined && { default: standard }) }
      Object.assign(jsonSchema, shown, { anyOf: [plain, { type: 'string', pattern: '^\\$\\{\\w+\\}$' }] })
    },
  })
}
