/** How long a provider asked us to stay away, from whichever header, field or sentence it says so in. */
import type { LimitReading } from '@keywheel/keyring'
import { durationMs, unitMs } from '../domain/durations.ts'
import { providerNow, readLimits } from '../domain/read-limits.ts'
import type { ErrorAnswer } from './dialect.ts'
import { detailsIn, quotaPeriodIn, untilMidnightPacific } from './google-quota.ts'
import { isRecord, parseJson, textIn } from './wire.ts'

/** A provider that asks for longer is taken at this; its key is tried again then. */
export const longestRetryAfterMs: number = 24 * 60 * 60 * 1000
/** `retry-after` in any of its forms is a pause, not a quota's reset: an hour at most is believed. */
const longestPauseMs = 60 * 60 * 1000

/**
 * Milliseconds until the provider wants to be asked again; undefined when it does not say or says nonsense.
 * Order: `retry-after-ms`, `retry-after` (RFC 9110 10.2.3: seconds or a date), fields of the body such as Google's RetryInfo, the
 * reset headers of the limit that is used up, and sentences such as "try again in 1.2s".
 */
export function retryAfterMs(answer: ErrorAnswer): number | undefined {
  const text = answer.body.toString('utf8', 0, 16_384)
  return (
    clamp(millisecondsHeader(answer), longestPauseMs) ??
    clamp(secondsOrDate(answer), longestPauseMs) ??
    clamp(fieldInBody(text, answer), longestRetryAfterMs) ??
    clamp(usedUpReset(answer), longestRetryAfterMs) ??
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
    if (!Number.isNaN(at)) return at - providerNow(answer.headers, answer.wallNow)
  }
  return undefined
}

/**
 * What the body says in fields of its own: Google's `google.rpc.RetryInfo` in `error.details[]` (the error may be wrapped in an
 * array), or the headers over again.
 */
function fieldInBody(text: string, answer: ErrorAnswer): number | undefined {
  if (!inBody.test(text)) return undefined
  const json = parseJson(text)
  const details = detailsIn(json)
  // Beside a day's quota stands a delay of seconds, after which it is refused again.
  if (answer.wallNow > 0 && quotaPeriodIn(details) === 'day') return untilMidnightPacific(answer.wallNow)
  const delay = firstTold(details, delayIn)
  if (delay !== undefined) return delay
  const at = firstTold(details, resetTimeIn)
  if (at !== undefined) return at - providerNow(answer.headers, answer.wallNow)
  const headers = toldHeaders(json)
  return headers === undefined ? undefined : usedUpReset(answer, headers)
}

type Detail = Readonly<Record<string, unknown>>

const inBody = /retryDelay|quotaReset|quotaId|x-ratelimit/i

function firstTold(details: readonly Detail[], read: (detail: Detail) => number | undefined): number | undefined {
  for (const detail of details) {
    const found = read(detail)
    if (found !== undefined) return found
  }
  return undefined
}

function delayIn(detail: Detail): number | undefined {
  const told = detail['retryDelay'] ?? metadataOf(detail)['quotaResetDelay']
  if (typeof told === 'string') return durationMs(told)
  const seconds = isRecord(told) ? Number(told['seconds']) : Number.NaN
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

function resetTimeIn(detail: Detail): number | undefined {
  const told = metadataOf(detail)['quotaResetTimeStamp']
  const at = typeof told === 'string' ? Date.parse(told) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

function metadataOf(detail: Detail): Detail {
  const metadata = detail['metadata']
  return isRecord(metadata) ? metadata : {}
}

/** A limit that is used up says when it is not: the latest of them counts; else the soonest of those that do not say what is left. */
function usedUpReset(
  { limitHeaders = [], wallNow, ...answer }: ErrorAnswer,
  headers: ErrorAnswer['headers'] = answer.headers,
): number | undefined {
  const resetting = (readLimits(headers, limitHeaders, wallNow) ?? []).filter(({ resetInMs }) => resetInMs !== undefined)
  const usedUp = resetting.filter(({ remaining }) => remaining === 0).map(backInMs)
  if (usedUp.length > 0) return Math.max(...usedUp)
  const silent = resetting.filter(({ remaining }) => remaining === undefined).map(backInMs)
  return silent.length > 0 ? Math.min(...silent) : undefined
}

/** Of a bucket that is filled steadily, one request comes back long before all of them. */
function backInMs({ counts, refills, limit = 1, resetInMs = 0 }: LimitReading): number {
  return refills === 'steadily' && counts === 'requests' ? resetInMs / limit : resetInMs
}

/** OpenRouter repeats its headers in the body: `error.metadata.headers`. */
function toldHeaders(json: unknown): ErrorAnswer['headers'] | undefined {
  const error = isRecord(json) ? json['error'] : undefined
  const metadata = isRecord(error) ? error['metadata'] : undefined
  const headers = isRecord(metadata) ? metadata['headers'] : undefined
  if (!isRecord(headers)) return undefined
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), textIn(value)]))
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
