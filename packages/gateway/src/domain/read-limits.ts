/**
 * What the headers of an answer tell of a key's limits. It is on the hot path: where no such header is, nothing is parsed
 * and nothing is allocated; where one makes no sense, its limit gives no reading rather than a wrong one.
 */
import type { LimitReading } from '@keywheel/keyring'
import { durationMs } from './durations.ts'
import type { LimitHeaders } from './limit-headers.ts'
import { readDraftLimits } from './read-draft-limits.ts'

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/** The longest window that any provider has is a month; whatever says more is nonsense. */
const longestResetMs = 32 * 86_400_000
/** A full bucket's date can be a moment ago, as dates have whole seconds; further back it is no reset. */
const mostPastMs = 60_000

/** Three fields that older drafts of the IETF's have, whoever sends them. */
const olderDraft: LimitHeaders = {
  counts: 'requests',
  of: 'model',
  refills: 'at-reset',
  limit: 'ratelimit-limit',
  remaining: 'ratelimit-remaining',
  reset: 'ratelimit-reset',
}

/**
 * The limits that an answer's headers tell something of; undefined where they tell of none.
 * @param table the provider's own headers; the IETF's are understood for everybody.
 * @param wallNow milliseconds since the Unix epoch, for dates where the provider does not tell its own.
 */
export function readLimits(headers: AnswerHeaders, table: readonly LimitHeaders[], wallNow: number): readonly LimitReading[] | undefined {
  let readings: LimitReading[] | undefined
  for (const row of table) {
    const reading = readRow(row, headers, wallNow)
    if (reading !== undefined) (readings ??= []).push(reading)
  }
  const older = readRow(olderDraft, headers, wallNow)
  if (older !== undefined) (readings ??= []).push(older)
  if (headers['ratelimit'] !== undefined) for (const reading of readDraftLimits(headers)) (readings ??= []).push(reading)
  return readings
}

function readRow(row: LimitHeaders, headers: AnswerHeaders, wallNow: number): LimitReading | undefined {
  const limit = textOf(headers, row.limit)
  const remaining = textOf(headers, row.remaining)
  const reset = textOf(headers, row.reset)
  if (limit === undefined && remaining === undefined && reset === undefined) return undefined
  const told = {
    limit: numberIn(limit),
    remaining: numberIn(remaining),
    resetInMs: reset === undefined ? undefined : resetInMs(reset, headers, wallNow),
    windowMs: windowOf(row, headers),
  }
  // A limit of nothing is how some say that there is none, or that the model is not for sale.
  const isNonsense = Number.isNaN(told.limit) || told.limit === 0 || Number.isNaN(told.remaining) || Number.isNaN(told.resetInMs)
  return isNonsense ? undefined : readingOf(row, told)
}

type Told = { readonly [Name in 'limit' | 'remaining' | 'resetInMs' | 'windowMs']: number | undefined }

function readingOf({ counts, of, refills }: LimitHeaders, { limit, remaining, resetInMs: inMs, windowMs }: Told): LimitReading {
  return {
    counts,
    of,
    refills,
    ...(windowMs !== undefined && { windowMs }),
    ...(limit !== undefined && { limit }),
    ...(remaining !== undefined && { remaining }),
    ...(inMs !== undefined && { resetInMs: inMs }),
  }
}

/** Nobody sends a limit twice; where it is there twice, somebody on the way has mixed two answers. It reads as blank then, which is nonsense. */
function textOf(headers: AnswerHeaders, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const value = headers[name]
  return typeof value === 'string' || value === undefined ? value : ''
}

const plain = /^\d{1,15}(?:\.\d{1,30})?$/

/** NaN for what is there and is no plain number: `-1`, blanks, `1e9`, `50, 50`. */
function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const trimmed = text.trim()
  return plain.test(trimmed) ? Number(trimmed) : Number.NaN
}

function windowOf({ window, windowMs }: LimitHeaders, headers: AnswerHeaders): number | undefined {
  const seconds = numberIn(textOf(headers, window))
  if (seconds === undefined) return windowMs
  return seconds > 0 && seconds * 1000 <= longestResetMs ? seconds * 1000 : windowMs
}

/** NaN for nonsense. */
function resetInMs(text: string, headers: AnswerHeaders, wallNow: number): number {
  const inMs = resetMs(text.trim(), headers, wallNow)
  if (inMs === undefined || !(inMs > -mostPastMs && inMs <= longestResetMs)) return Number.NaN
  return Math.max(0, Math.ceil(inMs))
}

const date = /^\d{4}-\d\d-\d\dT|GMT$/

/** A duration, a date, seconds, or an epoch in seconds or milliseconds, told apart by size. */
function resetMs(text: string, headers: AnswerHeaders, wallNow: number): number | undefined {
  if (!plain.test(text)) return date.test(text) ? Date.parse(text) - providerNow(headers, wallNow) : durationMs(text)
  const number = Number(text)
  if (number >= 1e12) return number - providerNow(headers, wallNow)
  return number >= 1e9 ? number * 1000 - providerNow(headers, wallNow) : number * 1000
}

/** The provider's own clock where it tells it: its dates are compared with its `date`, so that skew cancels out. */
export function providerNow(headers: AnswerHeaders, wallNow: number): number {
  const told = headers['date']
  const at = typeof told === 'string' ? Date.parse(told) : Number.NaN
  return Number.isNaN(at) ? wallNow : at
}
