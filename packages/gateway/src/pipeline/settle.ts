/** The row that a call leaves behind: how it ended, who answered, what it used. */
import type { Clock } from '@keywheel/keyring'
import type { RefusedCall } from '../domain/failure.ts'
import { cutNote } from '../domain/usage.ts'
import type { CallEnd, CallRecord, Usage } from '../domain/usage.ts'
import type { Call } from '../http/call.ts'
import { bytesPerToken, estimateUsage } from '../usage/estimate-usage.ts'
import type { StreamEnding } from '../upstream/answers.ts'
import { round } from './attempt-log.ts'
import type { Accepted, CallUnderWay } from './call-under-way.ts'
import type { Delivered } from './deliver.ts'

export interface Refused {
  readonly refusal: RefusedCall
}

export function settledRecord(underWay: CallUnderWay, end: Delivered | Refused, clock: Clock): CallRecord {
  const { call, accepted, log } = underWay
  const last = log.records.at(-1)
  const first = log.records.find(({ note }) => note === cutNote) ?? last
  const answered = first !== undefined && (first.reason === undefined || first.note === cutNote)
  return {
    ...accepted.opening,
    ...('refusal' in end ? refused(end, call) : delivered(end, accepted)),
    ...(last !== undefined && { provider: last.provider, model: last.model, keyId: last.keyId }),
    ...(accepted.plan.route !== undefined && { route: accepted.plan.route }),
    ...(answered && { firstContentMs: round(first.startedAfterMs + first.tookMs), upstreamMs: first.tookMs }),
    totalMs: round(clock.now() - call.startedAt),
    attempts: log.records,
  }
}

type HowItEnded = Pick<CallRecord, 'end' | 'status' | 'reason' | 'usage' | 'terminator' | 'passedThrough'>

function refused({ refusal }: Refused, { response }: Call): HowItEnded {
  const { reason } = refusal.failure
  if (reason === 'cancelled') return { end: 'cancelled', status: refusal.status, reason }
  // A stream that was begun before its first content has told its 200 already.
  return { end: 'failed', status: response.headersSent ? response.statusCode : refusal.status, reason }
}

function delivered({ ending, status, passedThrough }: Delivered, accepted: Accepted): HowItEnded {
  const usage = ending.usage ?? estimate(ending, accepted)
  return {
    end: endOf(ending),
    status,
    ...(ending.failure !== undefined && { reason: ending.failure.reason }),
    ...(usage !== undefined && { usage }),
    ...(ending.terminator !== undefined && { terminator: ending.terminator }),
    ...(ending.failure === undefined && { passedThrough }),
  }
}

function endOf({ failure }: StreamEnding): CallEnd {
  if (failure === undefined) return 'answered'
  return failure.reason === 'cancelled' ? 'cancelled' : 'broken'
}

/** A rough count for an answer that was cut before its usage came: it costs all the same. */
function estimate({ roughOutputTokens }: StreamEnding, { sketch, dialect }: Accepted): Usage | undefined {
  return roughOutputTokens === 0 || dialect.countsNothing === true
    ? undefined
    : estimateUsage(sketch.bytes.length, roughOutputTokens * bytesPerToken)
}
