/** What an error means that a provider sent inside a 200: in the middle of a stream, or in place of an answer. */
import type { ProviderFailure } from '../domain/failure.ts'
import { readProviderFailure } from './provider-failure.ts'
import { isRecord, parseJson } from './wire.ts'

/** Statuses that an error inside a stream stands for when it names none. */
const statusByWord: readonly (readonly [RegExp, number])[] = [
  [/rate[_ -]?limit|too many requests|resource_exhausted/i, 429],
  [/insufficient_quota|quota/i, 429],
  [/overloaded|unavailable|busy|capacity/i, 503],
  [/authentication|invalid_api_key|unauthenticated/i, 401],
  [/permission/i, 403],
  [/timeout|timed out|deadline/i, 504],
  [/invalid_request|invalid_argument|context_length|tool_use_failed/i, 400],
]

/** An error event inside a 200 stream or body, judged as if it had come with its status. */
export function streamErrorFailure(text: string): ProviderFailure {
  const json = parseJson(text)
  const error = isRecord(json) ? (json['error'] ?? json) : json
  return readProviderFailure({ status: statusIn(error, text.slice(0, 65_536)), headers: {}, body: Buffer.from(text), wallNow: 0 })
}

function statusIn(error: unknown, text: string): number {
  if (isRecord(error)) {
    for (const field of ['status_code', 'code', 'status']) {
      const value = Number(error[field])
      if (Number.isInteger(value) && value >= 400 && value < 600) return value
    }
  }
  return statusByWord.find(([word]) => word.test(text))?.[1] ?? 502
}
