/**
 * The fields of a call's log line. It is the one line that every call pays for: one object of one shape, without spreading,
 * and only what others wrote goes through the scrubber.
 */
import type { CallRecord } from '../domain/usage.ts'
import type { CleanFields } from './log.ts'
import { scrubbed } from './log-fields.ts'

export function accessFields(call: CallRecord): CleanFields {
  const { usage, attempts } = call
  return {
    event: 'call.settled',
    id: call.id,
    operation: call.operation,
    dialect: call.dialect,
    caller: call.caller,
    status: call.status,
    end: call.end,
    reason: call.reason,
    // A model's name comes from the caller; a key may have been pasted into the wrong place.
    asked: scrubbed(call.asked),
    provider: call.provider,
    model: call.model === undefined ? undefined : scrubbed(call.model),
    route: call.route,
    keyId: call.keyId,
    stream: call.stream,
    totalMs: call.totalMs,
    upstreamMs: call.upstreamMs,
    firstContentMs: call.firstContentMs,
    inputTokens: usage?.inputTokens,
    cacheReadTokens: usage?.cacheReadTokens,
    cacheWriteTokens: usage?.cacheWriteTokens,
    outputTokens: usage?.outputTokens,
    reasoningTokens: usage?.reasoningTokens,
    usageSource: usage?.source,
    attempts: attempts.length,
    attemptReasons: reasonsOf(attempts),
    terminator: call.terminator,
  }
}

function reasonsOf(attempts: CallRecord['attempts']): readonly string[] | undefined {
  if (attempts.length === 1 && attempts[0]?.reason === undefined) return undefined
  const reasons = attempts.map((attempt) => attempt.reason).filter((reason) => reason !== undefined)
  return reasons.length === 0 ? undefined : reasons
}
