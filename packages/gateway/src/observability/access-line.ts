/**
 * The log line of a call, written by hand: it is the one line that every call pays for. It looks like every other line;
 * a test holds it to the list of fields that a line may carry.
 */
import { numberMember, quoted, textMember } from '../domain/json-text.ts'
import type { CallRecord } from '../domain/usage.ts'
import { scrubbed } from './log-fields.ts'

/** What stands between the component and the message of the line, each member with a comma before it. */
export function accessMembers(call: CallRecord): string {
  // What callers and providers named may hold a key that was pasted into the wrong place; the rest is ours.
  return `,"event":"call.settled","id":${quoted(call.id)},"operation":"${call.operation}","dialect":"${call.dialect}","caller":${quoted(call.caller)},"status":${call.status},"end":"${call.end}"${textMember(
    'reason',
    call.reason,
  )},"asked":${quoted(scrubbed(call.asked))}${textMember('provider', call.provider)}${call.model === undefined ? '' : `,"model":${quoted(scrubbed(call.model))}`}${textMember(
    'route',
    call.route,
  )}${textMember('keyId', call.keyId)},"stream":${call.stream},"totalMs":${call.totalMs}${numberMember('upstreamMs', call.upstreamMs)}${numberMember(
    'firstContentMs',
    call.firstContentMs,
  )}${tokenMembers(call)},"attempts":${call.attempts.length}${reasonsMember(call)}${textMember('terminator', call.terminator)}`
}

function tokenMembers({ usage }: CallRecord): string {
  if (usage === undefined) return ''
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens, source } = usage
  return `,"inputTokens":${inputTokens},"cacheReadTokens":${cacheReadTokens},"cacheWriteTokens":${cacheWriteTokens},"outputTokens":${outputTokens},"reasoningTokens":${reasoningTokens},"usageSource":"${source}"`
}

function reasonsMember({ attempts }: CallRecord): string {
  if (attempts.length <= 1 && attempts[0]?.reason === undefined) return ''
  const reasons = attempts.map((attempt) => attempt.reason).filter((reason) => reason !== undefined)
  return reasons.length === 0 ? '' : `,"attemptReasons":${JSON.stringify(reasons)}`
}
