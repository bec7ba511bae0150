/** What a call consumed and how it ended: disjoint token classes, one row a call. */
import type { FailureReason } from './failure.ts'
import type { DialectName, Operation } from './operation.ts'

/** The parts add up; nothing is counted twice. */
export interface Usage {
  /** Without the parts that came from or went to a prompt cache. */
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  /** A part of `cacheWriteTokens`: kept for an hour, which some vendors charge more for. */
  readonly cacheWriteHourTokens?: number
  /** With reasoning. */
  readonly outputTokens: number
  /** A part of `outputTokens`, told apart. */
  readonly reasoningTokens: number
  /** Who says so; an estimate is never shown as a provider's count. */
  readonly source: 'provider' | 'estimated'
}

/** Of two attempts that were both answered and both cost. */
export function addUsage(first: Usage, second: Usage): Usage {
  const hour = (first.cacheWriteHourTokens ?? 0) + (second.cacheWriteHourTokens ?? 0)
  return {
    inputTokens: first.inputTokens + second.inputTokens,
    cacheReadTokens: first.cacheReadTokens + second.cacheReadTokens,
    cacheWriteTokens: first.cacheWriteTokens + second.cacheWriteTokens,
    ...(hour > 0 && { cacheWriteHourTokens: hour }),
    outputTokens: first.outputTokens + second.outputTokens,
    reasoningTokens: first.reasoningTokens + second.reasoningTokens,
    source: first.source === 'provider' ? second.source : first.source,
  }
}

/** How a call ended for its caller. `interrupted`: the process died while it ran. */
export type CallEnd = 'answered' | 'failed' | 'refused' | 'cancelled' | 'broken' | 'interrupted'

/** One try at one target with one key. */
export interface AttemptRecord {
  readonly provider: string
  readonly model: string
  /** The key's hashed id. */
  readonly keyId: string
  /** Milliseconds after the call's start. */
  readonly startedAfterMs: number
  readonly tookMs: number
  readonly reason?: FailureReason
  readonly status?: number
  /** Why a repeat happened on the same key at once, such as `stale-socket`; or that another call counts it (`inBatch`). */
  readonly note?: string
}

/** The note of an attempt that was made for several calls at once, with all of them but one. */
export const inBatch = 'in-batch'

/** The note of an attempt whose stream was cut and continued by the next one. */
export const cutNote = 'cut'

/** The beginning of an accepted call; written before any provider is asked. */
export interface CallOpening {
  readonly id: string
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  readonly operation: Operation
  readonly dialect: DialectName
  /** The model's name as the caller wrote it, without what looks like a secret. */
  readonly asked: string
  readonly stream: boolean
  readonly caller: string
}

/** The end of an accepted call. */
export interface CallRecord extends CallOpening {
  readonly end: CallEnd
  /** The HTTP status that the caller got; 499 when it left first. */
  readonly status: number
  readonly reason?: FailureReason
  readonly provider?: string
  readonly model?: string
  readonly keyId?: string
  /** The virtual model or alias that decided, if any. */
  readonly route?: string
  readonly totalMs: number
  /** Until the first content event, or the whole answer. */
  readonly firstContentMs?: number
  readonly upstreamMs?: number
  readonly usage?: Usage
  readonly attempts: readonly AttemptRecord[]
  /** `inferred`: finish_reason came, the terminator did not. */
  readonly terminator?: 'seen' | 'inferred'
  /** The answer's bytes went through untouched but for the model's name. */
  readonly passedThrough?: boolean
}

/** A call that has ended, with its record as JSON: written once, for the journal and the log alike. */
export interface SettledCall {
  readonly record: CallRecord
  readonly json: string
}

export function settledCall(record: CallRecord): SettledCall {
  return { record, json: JSON.stringify(record) }
}
