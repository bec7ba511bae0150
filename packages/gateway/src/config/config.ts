/** The whole configuration after loading: everything checked, every default filled in, one value for the life of the process. */
import type { ChatDialectName } from '../domain/chat-dialects.ts'
import type { Secret } from '../domain/secret.ts'
import type { Timeouts } from '../domain/timeouts.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface ConfiguredKey {
  readonly secret: Secret
  /** Where it came from, safe to print: `GROQ_API_KEY_2` or `keywheel.yaml:4`. */
  readonly source: string
  readonly priority: number
}

export interface ConfiguredProvider {
  readonly name: string
  /** Replaces the catalogue's; needed when the catalogue does not know the name. */
  readonly baseUrl?: string
  /** The dialect in which chat is asked for; the catalogue's, or OpenAI's, unless told. */
  readonly dialect?: ChatDialectName
  /** What stands for `{name}` in the catalogue's addresses. */
  readonly variables?: Readonly<Record<string, string>>
  readonly keys: readonly ConfiguredKey[]
  /** Asked without any key: the catalogue says so, or it has an address of its own and no key. */
  readonly keyless: boolean
  readonly rotation: 'balanced' | 'sequential'
  readonly tolerance: number
  readonly optimalConcurrency?: number
  readonly maxConcurrency?: number
  readonly timeouts: Partial<Timeouts>
  /** Names offered in front of the provider's own list; `id` is what the provider is asked for. */
  readonly models: readonly { readonly name: string; readonly id: string; readonly options?: Readonly<Record<string, unknown>> }[]
  /** Globs. A whitelist match shows a model; else an ignore match hides it. */
  readonly whitelistModels: readonly string[]
  readonly ignoreModels: readonly string[]
  /** Top-level fields taken out of requests. */
  readonly rejects: readonly string[]
}

export interface ConfiguredVirtualModel {
  readonly name: string
  readonly description?: string
  /** In the order in which they are tried. */
  readonly targets: readonly { readonly provider: string; readonly model: string; readonly priority: number }[]
  readonly timeouts: Partial<Timeouts>
  /** Where it is written: `keywheel.yaml:12` or `preset`. */
  readonly source: string
}

export interface Config {
  readonly server: {
    readonly host: string
    readonly port: number
    readonly corsOrigins: readonly string[]
    readonly maxBodyBytes: number
    /** Silence on a stream before a keep-alive comment is written. */
    readonly keepAliveMs: number
    /** Silence before the first content after which a stream's 200 is sent early, with keep-alive comments; 0: never. */
    readonly earlyCommitMs: number
  }
  readonly access: { readonly proxyKeys: readonly Secret[]; readonly allowOpenAccess: boolean }
  /** Absolute. */
  readonly dataDirectory: string
  /** `default` and components: http, router, providers, keys, stream, usage, config, models, gateway. */
  readonly logLevels: Readonly<Record<string, LogLevel>>
  readonly quiet: boolean
  readonly timeouts: Timeouts
  readonly retry: {
    readonly maxAttemptsPerTarget: number
    readonly maxAttemptsPerKey: number
    readonly backoffBaseMs: number
    readonly backoffCapMs: number
    readonly maxWaitMs: number
    readonly acquireTimeoutMs: number
  }
  /** undefined: decided by what the catalogue knows of the models. */
  readonly maxTokensLimit?: number
  readonly usageRetentionDays: number
  /** How concurrent small requests for embeddings are put together; undefined: they are not. */
  readonly embeddingBatch?: { readonly maxItems: number; readonly maxWaitMs: number }
  /** Limits, abilities and prices of models: whether newer ones are fetched, and from where. */
  readonly modelData: { readonly refresh: boolean; readonly url: string }
  /** Of answers that callers may name in later calls; 0: none are kept. */
  readonly responsesRetentionDays: number
  /** Those that have a key, need none, or are named in the file. */
  readonly providers: readonly ConfiguredProvider[]
  readonly virtualModels: readonly ConfiguredVirtualModel[]
  readonly aliases: Readonly<Record<string, string>>
  /** For the log at start: never a secret. */
  readonly warnings: readonly string[]
}
