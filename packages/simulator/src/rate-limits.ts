/** Refusals for too many requests, saying when to come back in each of the ways providers say it. */
import type { HeaderFields, StatusReply } from './reply.ts'

/** Where and how a 429 says when to come back. */
export type RetryAfterForm =
  | 'seconds'
  | 'http-date'
  | 'milliseconds'
  | 'body-text'
  | 'retry-info'
  | 'reset-header-duration'
  | 'reset-header-date'
  | 'none'

export interface RateLimitedOptions {
  /** Seconds until the limit allows another request; fractions are rounded up where the form has whole seconds. */
  readonly afterSeconds: number
  readonly form?: RetryAfterForm
  /** What ran out, as the body and the reset headers name it. */
  readonly what?: 'requests' | 'tokens'
  /** Seconds by which the provider's clock is wrong, in the `date` header and in an HTTP date. */
  readonly skewSeconds?: number
  readonly message?: string
}

/** 429, with the wait in the given form (`seconds` by default). */
export function rateLimited(options: RateLimitedOptions): StatusReply {
  const { form = 'seconds', what = 'requests', afterSeconds } = options
  const told = form === 'body-text' ? ` Please try again in ${formatSeconds(afterSeconds)}.` : ''
  const message = `${options.message ?? `Rate limit reached for ${what}.`}${told}`
  const body = form === 'retry-info' ? googleBody(message, afterSeconds) : openAiBody(message, what)
  return { is: 'status', status: 429, headers: headersFor[form](options), body }
}

type Headers = HeaderFields | ((wallNow: number) => HeaderFields)

const headersFor: Readonly<Record<RetryAfterForm, (options: RateLimitedOptions) => Headers>> = {
  seconds: ({ afterSeconds }) => ({ 'retry-after': String(Math.ceil(afterSeconds)) }),
  'http-date': datedHeaders,
  milliseconds: ({ afterSeconds }) => ({ 'retry-after-ms': String(Math.ceil(afterSeconds * 1000)) }),
  'body-text': () => ({}),
  'retry-info': () => ({}),
  'reset-header-duration': ({ afterSeconds, what = 'requests' }) => ({
    [`x-ratelimit-remaining-${what}`]: '0',
    [`x-ratelimit-reset-${what}`]: formatDuration(afterSeconds * 1000),
  }),
  'reset-header-date': resetDates,
  none: () => ({}),
}

function datedHeaders({ afterSeconds, skewSeconds = 0 }: RateLimitedOptions): (wallNow: number) => HeaderFields {
  return (wallNow) => {
    const theirNow = wallNow + skewSeconds * 1000
    // HTTP dates have whole seconds: cut the one, round the other up, and the wait is never too short.
    const until = Math.ceil((theirNow + afterSeconds * 1000) / 1000) * 1000
    return { date: new Date(theirNow).toUTCString(), 'retry-after': new Date(until).toUTCString() }
  }
}

/** As Anthropic says it. */
function resetDates({ afterSeconds, what = 'requests' }: RateLimitedOptions): (wallNow: number) => HeaderFields {
  return (wallNow) => ({
    [`anthropic-ratelimit-${what}-remaining`]: '0',
    [`anthropic-ratelimit-${what}-reset`]: new Date(wallNow + afterSeconds * 1000).toISOString(),
  })
}

function openAiBody(message: string, type: string): object {
  return { error: { message, type, param: null, code: 'rate_limit_exceeded' } }
}

function googleBody(message: string, afterSeconds: number): object {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: formatSeconds(afterSeconds) }]
  return { error: { code: 429, message, status: 'RESOURCE_EXHAUSTED', details } }
}

function formatSeconds(seconds: number): string {
  return `${Number(seconds.toFixed(3))}s`
}

/** Milliseconds as Go prints a duration: `350ms`, `1.2s`, `6m0s`, `2h0m5s`. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.ceil(ms)}ms`
  const seconds = ms / 1000
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = formatSeconds(seconds % 60)
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}
