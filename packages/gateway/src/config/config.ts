/** The whole configuration after loading: everything checked, every default filled in, one value for the life of the process. */
import type { PoolSettings } from '@keywheel/keyring'
import type { ChatDialectName } from '../domain/chat-dialects.ts'
import type { Secret } from '../domain/secret.ts'
import type { Timeouts } from '../domain/timeouts.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface ConfiguredKey {
  readonly secret: Secret
  /** Where it came from, safe to print: `GROQ_API_KEY_2` or `keywheel.yaml:4`. */
  readonly source: string
  readonly priority: number
  /** The owner's name for what it may do. */
  readonly tier?: string
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
  /** How its keys take turns and what each of them bears. */
  readonly pool: PoolSettings
  /** Left out of active probes. */
  readonly skipsProbes: boolean
  /** A model that the globs hide cannot be asked for either. */
  readonly enforcesModelLists: boolean
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
    /** How long calls under way may go on once the gateway is told to stop. */
    readonly drainMs: number
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
    /** Whether a request that may have reached the provider, and was not answered, is sent again. */
    readonly repeatsUnanswered: boolean
    /** undefined: no call is sent twice at once. */
    readonly hedge?: { readonly afterPercentile: number; readonly mostShare: number }
  }
  readonly streams: {
    /** A text that is cut after content is continued by another target. */
    readonly continuesCut: boolean
    /** Another target may still be tried while everything that was sent is reasoning. */
    readonly retriesReasoningOnly: boolean
    /** A stream slower than this over `slowForMs` is given up; 0: none is. */
    readonly slowestTokensPerSecond: number
    readonly slowForMs: number
  }
  readonly health: {
    /** Whether providers are asked for their list of models now and then; calls are watched in any case. */
    readonly probes: boolean
    readonly intervalMs: number
    readonly timeoutMs: number
    /** Slower than this is degraded. */
    readonly slowMs: number
    readonly concurrency: number
    readonly retentionDays: number
    /** Dead keys are tested with the provider's list of models when their rest is over. */
    readonly testsDeadKeys: boolean
  }
  /** Whether standings of keys are kept over a restart. */
  readonly keepsStandings: boolean
  /** A temperature of exactly 0 is taken out of requests, or set to 1; undefined: it goes on as it is. */
  readonly overridesTemperatureZero?: 'remove' | 'set'
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
