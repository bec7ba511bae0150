/** The one schema of `keywheel.yaml`. It checks files here, and editors get it as JSON schema. */
import * as z from 'zod'
import {
  defaultDataDirectory,
  defaultEmbeddingBatch,
  defaultKeepsStandings,
  defaultModelData,
  defaultServer,
  defaultTimeouts,
  defaultResponsesRetentionDays,
  defaultUsageRetentionDays,
} from './defaults.ts'
import type { FileContent, FileModels } from './file-content.ts'
import { logComponents, logLevels } from './log-levels.ts'
import { count, field, modelName, text, timeouts, wait, waitOrNone } from './schema-fields.ts'
import { models, provider } from './schema-provider.ts'
import { health, retry, streams } from './schema-resilience.ts'

const providerName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'Use lower-case letters, digits, dots, dashes and underscores.')

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
  drain_ms: field(
    waitOrNone,
    'How long calls under way may go on after SIGTERM or SIGINT; then those that are left end with an error.',
    defaultServer.drainMs,
  ),
})

const access = z.strictObject({
  proxy_api_keys: field(z.array(text), 'Keys that callers must show; none: open access.', []),
  allow_open_access: field(z.boolean(), 'Permits open access on an address that others can reach.', false),
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
    streams: field(streams, 'What is done about streams that are cut, or too slow.'),
    health: field(health, 'How the health of providers is looked after.'),
    keep_standings: field(
      z.boolean(),
      'Rests, limits and windows of keys are remembered over a restart, by hashes of the keys.',
      defaultKeepsStandings,
    ),
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
    override_temperature_zero: field(
      z.enum(['remove', 'set']),
      'A temperature of exactly 0 is taken out of requests (remove) or set to 1 (set); else it goes on as it is.',
    ),
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
