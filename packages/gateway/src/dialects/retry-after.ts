/** How long a provider asked us to stay away, from whichever header, field or sentence it says so in. */
import type { ErrorAnswer } from './dialect.ts'
import { isRecord, parseJson } from './wire.ts'

/** A provider that asks for longer is taken at this; its key is tried again then. */
export const longestRetryAfterMs: number = 24 * 60 * 60 * 1000
/** `retry-after` in any of its forms is a pause, not a quota's reset: an hour at most is believed. */
const longestPauseMs = 60 * 60 * 1000

/**
 * Milliseconds until the provider wants to be asked again; undefined when it does not say or says nonsense.
 * Order: `retry-after-ms`, `retry-after` (RFC 9110 10.2.3: seconds or a date), Google's RetryInfo in the body, the reset
 * headers of the limit that is used up, and sentences such as "try again in 1.2s".
 */
export function retryAfterMs(answer: ErrorAnswer): number | undefined {
  const text = answer.body.toString('utf8', 0, 16_384)
  return (
    clamp(millisecondsHeader(answer), longestPauseMs) ??
    clamp(secondsOrDate(answer), longestPauseMs) ??
    clamp(retryInfo(text), longestRetryAfterMs) ??
    clamp(usedUpReset(answer), longestRetryAfterMs) ??
    clamp(draftReset(answer), longestRetryAfterMs) ??
    clamp(sentence(text), longestRetryAfterMs)
  )
}

function clamp(ms: number | undefined, mostMs: number): number | undefined {
  if (ms === undefined || !Number.isFinite(ms) || ms <= 0) return undefined
  return Math.min(Math.ceil(ms), mostMs)
}

function headerOf(answer: ErrorAnswer, name: string): string | undefined {
  return valuesOf(answer, name)[0]
}

/** A header that came twice is a list in undici. Blank ones say nothing. */
function valuesOf(answer: ErrorAnswer, name: string): string[] {
  const value = answer.headers[name] ?? []
  return (Array.isArray(value) ? value : [value]).map((each) => each.trim()).filter((each) => each !== '')
}

function millisecondsHeader(answer: ErrorAnswer): number | undefined {
  const value = headerOf(answer, 'retry-after-ms')
  return value === undefined ? undefined : plainNumber(value)
}

function plainNumber(text: string): number | undefined {
  return /^\d+(?:\.\d+)?(?:e\+?\d{1,3})?$/i.test(text) ? Number(text) : undefined
}

function secondsOrDate(answer: ErrorAnswer): number | undefined {
  for (const value of valuesOf(answer, 'retry-after')) {
    const seconds = plainNumber(value)
    if (seconds !== undefined) return seconds * 1000
    const at = Date.parse(value)
    if (!Number.isNaN(at)) return at - providerNow(answer)
  }
  return undefined
}

/** The provider's own clock where it tells it: its dates are compared with its `date`, so that skew cancels out. */
function providerNow(answer: ErrorAnswer): number {
  const date = headerOf(answer, 'date')
  const told = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(told) ? answer.wallNow : told
}

/** `google.rpc.RetryInfo` in `error.details[]`: `{"retryDelay": "34.4s"}`; the error may be wrapped in an array. */
function retryInfo(text: string): number | undefined {
  if (!text.includes('retryDelay') && !text.includes('quotaResetDelay')) return undefined
  const json = parseJson(text)
  const outer = Array.isArray(json) ? json[0] : json
  const error = isRecord(outer) ? outer['error'] : undefined
  const details = isRecord(error) ? error['details'] : undefined
  if (!Array.isArray(details)) return undefined
  for (const detail of details) {
    const delay = isRecord(detail) ? delayIn(detail) : undefined
    if (delay !== undefined) return delay
  }
  return undefined
}

function delayIn(detail: Record<string, unknown>): number | undefined {
  const metadata = detail['metadata']
  const told = detail['retryDelay'] ?? (isRecord(metadata) ? metadata['quotaResetDelay'] : undefined)
  if (typeof told === 'string') return durationMs(told)
  const seconds = isRecord(told) ? Number(told['seconds']) : Number.NaN
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

/** `h`, `m`, `s`, `ms` and `d`, alone or after one another: `1h2m3.5s`, `2ms`, `7m12s`. A bare number is no duration. */
const durationParts = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g
const wholeDuration = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The length of a Go-style duration in milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  if (text.length > 64 || !wholeDuration.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(durationParts)) total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return total
}

/** The kinds of limits and the headers that tell what remains of each and when it is full again. */
const limitHeaders: readonly { readonly remaining: string; readonly reset: string }[] = [
  { remaining: 'x-ratelimit-remaining-requests', reset: 'x-ratelimit-reset-requests' },
  { remaining: 'x-ratelimit-remaining-tokens', reset: 'x-ratelimit-reset-tokens' },
  { remaining: 'x-ratelimit-remaining-requests-day', reset: 'x-ratelimit-reset-requests-day' },
  { remaining: 'x-ratelimit-remaining-tokens-minute', reset: 'x-ratelimit-reset-tokens-minute' },
  { remaining: 'anthropic-ratelimit-requests-remaining', reset: 'anthropic-ratelimit-requests-reset' },
  { remaining: 'anthropic-ratelimit-tokens-remaining', reset: 'anthropic-ratelimit-tokens-reset' },
  { remaining: 'anthropic-ratelimit-input-tokens-remaining', reset: 'anthropic-ratelimit-input-tokens-reset' },
  { remaining: 'anthropic-ratelimit-output-tokens-remaining', reset: 'anthropic-ratelimit-output-tokens-reset' },
  { remaining: 'ratelimitbysize-remaining', reset: 'ratelimitbysize-reset' },
  { remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset' },
]

/** The latest reset among the limits that are used up; else the soonest of those that do not say what remains. */
function usedUpReset(answer: ErrorAnswer): number | undefined {
  let latestUsedUp: number | undefined
  let soonest: number | undefined
  for (const { remaining, reset } of limitHeaders) {
    const told = headerOf(answer, reset)
    const inMs = told === undefined ? undefined : resetMs(told, answer)
    if (inMs === undefined) continue
    const left = headerOf(answer, remaining)
    if (left === undefined) soonest = Math.min(soonest ?? inMs, inMs)
    else if (Number(left) === 0) latestUsedUp = Math.max(latestUsedUp ?? inMs, inMs)
  }
  return latestUsedUp ?? soonest
}

/** Hugging Face, after an IETF draft: `ratelimit: "api";r=0;t=295`, nothing remains and 295 seconds are left. */
function draftReset(answer: ErrorAnswer): number | undefined {
  const [, seconds] = /;\s*r=0\s*;\s*t=(\d{1,9})/.exec(headerOf(answer, 'ratelimit')?.slice(0, 200) ?? '') ?? []
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/** A reset is a duration, a date, seconds, or an epoch in seconds or milliseconds, told apart by size. */
function resetMs(told: string, answer: ErrorAnswer): number | undefined {
  const duration = durationMs(told)
  if (duration !== undefined) return duration
  const number = plainNumber(told)
  if (number === undefined) {
    const at = Date.parse(told)
    return Number.isNaN(at) ? undefined : at - providerNow(answer)
  }
  if (number >= 1e12) return number - providerNow(answer)
  return number >= 1e9 ? number * 1000 - providerNow(answer) : number * 1000
}

const compoundSentence = /(?:try again|retry|available)(?: again)? (?:in|after) ((?:\d+(?:\.\d+)?(?:ms|s|m|h|d)){1,5})/i
const wordedSentence =
  /(?:try again|retry|available)(?: again)? (?:in|after) (\d{1,7}(?:\.\d{1,12})?)(?: ?(ms|millisecond|s|sec|second|m|min|minute|h|hour|d|day)s?\b)?/i
const wordMs: Readonly<Record<string, number>> = {
  ...unitMs,
  millisecond: 1,
  sec: 1000,
  second: 1000,
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}

/** "Please try again in 1.2s", "retry after 33 seconds". */
function sentence(text: string): number | undefined {
  const compound = compoundSentence.exec(text)?.[1]
  if (compound !== undefined) return durationMs(compound)
  const [, amount, unit = 'second'] = wordedSentence.exec(text) ?? []
  return amount === undefined ? undefined : Number(amount) * (wordMs[unit.toLowerCase()] ?? 1000)
}
