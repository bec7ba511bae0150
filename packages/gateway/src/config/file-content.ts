/** What a configuration file may hold, after the schema has accepted it. Nothing is required; a blank value means not set. */
import type { ChatDialectName } from '../domain/chat-dialects.ts'
import type { LogLevel } from './config.ts'

/** A field that may be left out or left blank. */
export type Maybe<T> = T | null | undefined

export interface FileTimeouts {
  readonly connect_ms?: Maybe<number>
  readonly first_byte_ms?: Maybe<number>
  readonly reasoning_first_byte_ms?: Maybe<number>
  readonly whole_first_byte_ms?: Maybe<number>
  readonly idle_ms?: Maybe<number>
  readonly deadline_ms?: Maybe<number>
  readonly stream_life_ms?: Maybe<number>
}

type FileKey = string | { readonly key: string; readonly priority?: Maybe<number>; readonly tier?: Maybe<string> }

export interface FileModel {
  readonly id?: Maybe<string>
  readonly options?: Maybe<Readonly<Record<string, unknown>>>
}

/** A list of names, or names with what the provider is asked for and with which parameters. */
export type FileModels = readonly string[] | Readonly<Record<string, Maybe<FileModel>>>

/** `rolling_ms`, or `every` with the rest. */
interface FileWindow {
  readonly rolling_ms?: Maybe<number>
  readonly every?: Maybe<'day' | 'week' | 'month'>
  readonly hour?: Maybe<number>
  readonly time_zone?: Maybe<string>
}

export interface FileFairCycle {
  readonly enabled?: Maybe<boolean>
  readonly tracks?: Maybe<'model' | 'key'>
  readonly cross_tiers?: Maybe<boolean>
  readonly duration_ms?: Maybe<number>
  readonly exhausted_from_ms?: Maybe<number>
  readonly quota_share?: Maybe<number>
  readonly wait_for_ms?: Maybe<number>
}

export interface FileCap {
  /** Priorities, or names of tiers. */
  readonly tiers?: Maybe<readonly (number | string)[]>
  readonly model: string
  readonly limit: number | string
  readonly cooldown?: Maybe<string | { readonly offset_ms?: Maybe<number>; readonly fixed_ms?: Maybe<number> }>
}

export interface FileProvider {
  readonly enabled?: Maybe<boolean>
  readonly base_url?: Maybe<string>
  readonly dialect?: Maybe<ChatDialectName>
  readonly variables?: Maybe<Readonly<Record<string, string>>>
  readonly keys?: Maybe<readonly FileKey[]>
  readonly rotation?: Maybe<'balanced' | 'sequential'>
  readonly tolerance?: Maybe<number>
  readonly optimal_concurrency?: Maybe<number>
  readonly max_concurrency?: Maybe<number>
  readonly concurrency_multipliers?: Maybe<Readonly<Record<string, number>>>
  readonly fallback_multiplier?: Maybe<number>
  readonly quota_groups?: Maybe<Readonly<Record<string, readonly string[]>>>
  readonly model_priorities?: Maybe<Readonly<Record<string, number>>>
  readonly window?: Maybe<'provider' | FileWindow>
  readonly enforce_window?: Maybe<boolean>
  readonly fair_cycle?: Maybe<FileFairCycle>
  readonly caps?: Maybe<readonly FileCap[]>
  readonly learn_limits?: Maybe<boolean>
  readonly adapt_concurrency?: Maybe<boolean>
  readonly wait_on_429_ms?: Maybe<number>
  readonly wait_for_busy_ms?: Maybe<number>
  readonly skip_probes?: Maybe<boolean>
  readonly timeouts?: Maybe<FileTimeouts>
  readonly models?: Maybe<FileModels>
  readonly whitelist_models?: Maybe<readonly string[]>
  readonly ignore_models?: Maybe<readonly string[]>
  readonly enforce_model_lists?: Maybe<boolean>
  readonly rejects?: Maybe<readonly string[]>
}

export interface FileVirtualModel {
  readonly description?: Maybe<string>
  readonly fallback_chain: readonly { readonly provider: string; readonly model: string; readonly priority?: Maybe<number> }[]
  readonly timeouts?: Maybe<FileTimeouts>
}

export interface FileContent {
  readonly server?: Maybe<{
    readonly host?: Maybe<string>
    readonly port?: Maybe<number>
    readonly cors_origins?: Maybe<readonly string[]>
    readonly max_body_bytes?: Maybe<number>
    readonly keep_alive_ms?: Maybe<number>
    readonly early_commit_ms?: Maybe<number>
    readonly drain_ms?: Maybe<number>
  }>
  readonly access?: Maybe<{ readonly proxy_api_keys?: Maybe<readonly string[]>; readonly allow_open_access?: Maybe<boolean> }>
  readonly data_dir?: Maybe<string>
  readonly log?: Maybe<{ readonly levels?: Maybe<Readonly<Record<string, LogLevel>>> }>
  readonly timeouts?: Maybe<FileTimeouts>
  readonly retry?: Maybe<{
    readonly max_attempts_per_target?: Maybe<number>
    readonly max_attempts_per_key?: Maybe<number>
    readonly backoff_base_ms?: Maybe<number>
    readonly backoff_cap_ms?: Maybe<number>
    readonly max_wait_ms?: Maybe<number>
    readonly acquire_timeout_ms?: Maybe<number>
    readonly repeat_unanswered?: Maybe<boolean>
    readonly hedge?: Maybe<{ readonly after_percentile?: Maybe<number>; readonly most_share?: Maybe<number> }>
  }>
  readonly streams?: Maybe<{
    readonly continue_cut?: Maybe<boolean>
    readonly retry_reasoning_only?: Maybe<boolean>
    readonly slowest_tokens_per_second?: Maybe<number>
    readonly slow_for_ms?: Maybe<number>
  }>
  readonly health?: Maybe<{
    readonly probes?: Maybe<boolean>
    readonly interval_ms?: Maybe<number>
    readonly timeout_ms?: Maybe<number>
    readonly slow_ms?: Maybe<number>
    readonly concurrency?: Maybe<number>
    readonly retention_days?: Maybe<number>
    readonly test_dead_keys?: Maybe<boolean>
  }>
  readonly keep_standings?: Maybe<boolean>
  readonly override_temperature_zero?: Maybe<'remove' | 'set'>
  readonly usage?: Maybe<{ readonly retention_days?: Maybe<number> }>
  readonly embeddings?: Maybe<{ readonly batch?: Maybe<{ readonly max_items?: Maybe<number>; readonly max_wait_ms?: Maybe<number> }> }>
  readonly responses?: Maybe<{ readonly retention_days?: Maybe<number> }>
  readonly models?: Maybe<{ readonly refresh?: Maybe<boolean>; readonly url?: Maybe<string> }>
  readonly max_tokens_limit?: Maybe<number>
  readonly providers?: Maybe<Readonly<Record<string, Maybe<FileProvider>>>>
  readonly virtual_models?: Maybe<Readonly<Record<string, FileVirtualModel>>>
  readonly aliases?: Maybe<Readonly<Record<string, string>>>
}
