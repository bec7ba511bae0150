/** Which of Google's quotas a refusal is about: only their ids tell a day's from a minute's; words, status and delay are the same. */
import { isRecord } from './wire.ts'

/** The records in `error.details`; the error may be wrapped in an array. */
export function detailsIn(json: unknown): readonly Record<string, unknown>[] {
  const outer: unknown = Array.isArray(json) ? json[0] : json
  const error = isRecord(outer) ? outer['error'] : undefined
  const details = isRecord(error) ? error['details'] : undefined
  return Array.isArray(details) ? details.filter((detail) => isRecord(detail)) : []
}

/** `GenerateRequestsPerDayPerProjectPerModel-FreeTier`, `GenerateContentInputTokensPerModelPerMinute`; a day's is worse than a minute's. */
export function quotaPeriodIn(details: readonly Record<string, unknown>[]): 'day' | 'minute' | undefined {
  const ids = details.flatMap(({ violations }) => (Array.isArray(violations) ? violations : [])).map(idOf)
  if (ids.some((id) => /per_?day/i.test(id))) return 'day'
  return ids.some((id) => /per_?minute/i.test(id)) ? 'minute' : undefined
}

function idOf(violation: unknown): string {
  if (!isRecord(violation)) return ''
  const { quotaId, quotaMetric } = violation
  const id = quotaId ?? quotaMetric
  return typeof id === 'string' ? id.slice(0, 200) : ''
}

const pacific = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
})

const dayMs = 86_400_000

/** A day's quota comes back at midnight in California (ai.google.dev/gemini-api/docs/rate-limits); an hour off when the clocks change. */
export function untilMidnightPacific(wallNow: number): number {
  const [hour = 0, minute = 0, second = 0] = pacific
    .formatToParts(wallNow)
    .filter(({ type }) => type !== 'literal')
    .map(({ value }) => Number(value))
  return dayMs - ((hour * 60 + minute) * 60 + second) * 1000
}
