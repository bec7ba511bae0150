/** What holds where nothing is said: read by the loader, shown in the schema and in the reference. */
import type { FairCycle } from '@keywheel/keyring'
import type { Timeouts } from '../domain/timeouts.ts'
import type { Config } from './config.ts'

/** In milliseconds. */
export const defaultTimeouts: Timeouts = {
  connectMs: 5000,
  firstByteMs: 30_000,
  reasoningFirstByteMs: 120_000,
  wholeFirstByteMs: 300_000,
  idleMs: 60_000,
  deadlineMs: 600_000,
  streamLifeMs: 1_800_000,
}

export const defaultServer: Config['server'] = {
  host: '127.0.0.1',
  port: 8000,
  corsOrigins: [],
  maxBodyBytes: 50 * 1024 * 1024,
  keepAliveMs: 15_000,
  earlyCommitMs: 0,
  drainMs: 60_000,
}

export const defaultRetry: Config['retry'] = {
  maxAttemptsPerTarget: 3,
  maxAttemptsPerKey: 2,
  backoffBaseMs: 250,
  backoffCapMs: 8000,
  maxWaitMs: 10_000,
  acquireTimeoutMs: 30_000,
  repeatsUnanswered: true,
}

/** Where it is turned on. */
export const defaultHedge: NonNullable<Config['retry']['hedge']> = { afterPercentile: 0.95, mostShare: 0.05 }

export const defaultStreams: Config['streams'] = {
  continuesCut: false,
  retriesReasoningOnly: false,
  slowestTokensPerSecond: 0,
  slowForMs: 30_000,
}

export const defaultHealth: Config['health'] = {
  probes: false,
  intervalMs: 300_000,
  timeoutMs: 10_000,
  slowMs: 1000,
  concurrency: 16,
  retentionDays: 7,
  testsDeadKeys: true,
}

export const defaultKeepsStandings: boolean = true

export const defaultProvider: { readonly rotation: 'balanced'; readonly tolerance: number; readonly optimalConcurrency: number } = {
  rotation: 'balanced',
  tolerance: 3,
  /** In balanced rotation only: sequential rotation keeps to one key on purpose. */
  optimalConcurrency: 1,
}

/** Where it is on: in sequential rotation, unless told otherwise. */
export const defaultFairCycle: FairCycle = {
  tracks: 'model',
  crossesTiers: false,
  durationMs: 86_400_000,
  exhaustedFromMs: 300_000,
  quotaShare: 1,
  waitsForMs: 90_000,
}

/** The keyring's own, where a window is given in part. */
export const defaultWindow: { readonly hour: number; readonly timeZone: string } = { hour: 3, timeZone: 'UTC' }

export const defaultKeyPriority: number = 1
export const defaultDataDirectory: string = './data'
export const defaultUsageRetentionDays: number = 90
export const defaultModelData: Config['modelData'] = { refresh: false, url: 'https://models.dev/api.json' }
/** As long as OpenAI keeps them. */
export const defaultResponsesRetentionDays: number = 30
/** Where batching is turned on. */
export const defaultEmbeddingBatch: NonNullable<Config['embeddingBatch']> = { maxItems: 64, maxWaitMs: 10 }
