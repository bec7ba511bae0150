/**
 * The lines of the usage journal. Written by hand rather than by `JSON.stringify`: two of them are written for every call,
 * and that was a tenth of what a call costs. A test compares them with `JSON.stringify`.
 */
import { numberMember, quoted, textMember } from '../domain/json-text.ts'
import type { AttemptRecord, CallOpening, CallRecord, Usage } from '../domain/usage.ts'

/** The line that a call begins with, line end included. */
export function openingLine(opening: CallOpening): string {
  return `{"open":{${openingMembers(opening)}}}\n`
}

/** The line that a call ends with; it holds the opening too, so that it is a whole row. */
export function settleLine(record: CallRecord): string {
  const { usage, attempts } = record
  return `{"settle":{${openingMembers(record)},"end":"${record.end}","status":${record.status}${textMember('reason', record.reason)}${textMember(
    'provider',
    record.provider,
  )}${textMember('model', record.model)}${textMember('keyId', record.keyId)}${textMember('route', record.route)},"totalMs":${record.totalMs}${numberMember(
    'firstContentMs',
    record.firstContentMs,
  )}${numberMember('upstreamMs', record.upstreamMs)}${usage === undefined ? '' : usageMember(usage)},"attempts":[${attemptsText(attempts)}]${textMember(
    'terminator',
    record.terminator,
  )}${record.passedThrough === undefined ? '' : `,"passedThrough":${record.passedThrough}`}}}\n`
}

function openingMembers({ id, startedAt, operation, dialect, asked, stream, caller }: CallOpening): string {
  return `"id":${quoted(id)},"startedAt":${startedAt},"operation":"${operation}","dialect":"${dialect}","asked":${quoted(asked)},"stream":${stream},"caller":${quoted(caller)}`
}

function usageMember(usage: Usage): string {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens, source } = usage
  return `,"usage":{"inputTokens":${inputTokens},"cacheReadTokens":${cacheReadTokens},"cacheWriteTokens":${cacheWriteTokens},"outputTokens":${outputTokens},"reasoningTokens":${reasoningTokens},"source":"${source}"}`
}

function attemptsText(attempts: readonly AttemptRecord[]): string {
  let text = ''
  for (const attempt of attempts) text += `${text === '' ? '' : ','}${attemptText(attempt)}`
  return text
}

function attemptText(attempt: AttemptRecord): string {
  const { provider, model, keyId, startedAfterMs, tookMs, reason, status, note } = attempt
  return `{"provider":${quoted(provider)},"model":${quoted(model)},"keyId":${quoted(keyId)},"startedAfterMs":${startedAfterMs},"tookMs":${tookMs}${textMember(
    'reason',
    reason,
  )}${numberMember('status', status)}${textMember('note', note)}}`
}
