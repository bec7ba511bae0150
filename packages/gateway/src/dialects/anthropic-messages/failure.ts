/** Failures in Anthropic's shape: `{"type": "error", "error": {type, message}, "request_id"}` at top level. */
import { clientStatus } from '../../domain/failure.ts'
import type { Failure, FailureReason, ProviderFailure, RefusedCall } from '../../domain/failure.ts'
import type { ErrorAnswer, WholeError } from '../dialect.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { escapeSeparators } from '../wire.ts'

interface AnthropicError {
  readonly type: string
  /** In place of the status that other dialects give for the reason. */
  readonly status?: number
}

const invalid: AnthropicError = { type: 'invalid_request_error' }
const broken: AnthropicError = { type: 'api_error', status: 500 }
const elsewhere: AnthropicError = { type: 'api_error' }
/** A key of the owner's, not of the caller's: a 401 would log the caller out. */
const ownersKey: AnthropicError = { type: 'api_error', status: 502 }
const limited: AnthropicError = { type: 'rate_limit_error' }
const slow: AnthropicError = { type: 'timeout_error' }
/** 529 is Anthropic's own status for it, which its clients retry. */
const overloaded: AnthropicError = { type: 'overloaded_error', status: 529 }

/** Type and status of each reason, as Anthropic's clients know them. */
export const anthropicErrors: Readonly<Record<FailureReason, AnthropicError>> = {
  'bad-request': invalid,
  'too-large': { type: 'request_too_large' },
  'context-too-long': invalid,
  unsupported: invalid,
  'content-refused': invalid,
  'unknown-model': { type: 'not_found_error' },
  'not-allowed': { type: 'permission_error' },
  cancelled: invalid,
  unauthorized: { type: 'authentication_error' },
  'limit-reached': limited,
  'budget-spent': limited,
  'queue-full': overloaded,
  'nobody-fit': elsewhere,
  'deadline-passed': slow,
  'shutting-down': elsewhere,
  'key-rejected': ownersKey,
  'key-forbidden': ownersKey,
  'rate-limited': limited,
  'quota-exhausted': limited,
  billing: { type: 'billing_error', status: 402 },
  'model-missing': { type: 'not_found_error' },
  overloaded,
  'upstream-broken': broken,
  unreachable: elsewhere,
  'not-sent': elsewhere,
  'timed-out': slow,
  stalled: slow,
  truncated: broken,
  'bad-answer': broken,
}

/** Types for refusals of the HTTP edge, which bring a status of their own. */
const typeByStatus: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

export function writeAnthropicFailure(refusal: RefusedCall, callId: string): WholeError {
  const { failure, details } = refusal
  const known = anthropicErrors[failure.reason]
  const status = details.status ?? known.status ?? clientStatus[failure.reason]
  const type = details.status === undefined ? known.type : typeOf(details.status)
  const error = { type, message: messageOf(failure), ...(details.details !== undefined && { details: details.details }) }
  return { status, body: Buffer.from(JSON.stringify({ type: 'error', error, request_id: callId === '' ? null : callId })) }
}

function typeOf(status: number): string {
  return typeByStatus[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
}

/** Ends a stream that has begun: an error event, and no `message_stop` after it. */
export function writeAnthropicStreamFailure(failure: Failure): Buffer {
  const { type } = anthropicErrors[failure.reason]
  const event = JSON.stringify({ type: 'error', error: { type, message: messageOf(failure) } })
  return Buffer.from(`event: error\ndata: ${escapeSeparators(event)}\n\n`)
}

const tooLong = 'prompt is too long'

/** Claude Code looks for these words to know that it has to compact the conversation. */
function messageOf({ reason, message }: Failure): string {
  return reason !== 'context-too-long' || message.toLowerCase().includes(tooLong) ? message : `${tooLong}: ${message}`
}

/** The organisation's own limit for a month, which Anthropic tells with a 400. */
const spendLimit = /reached your specified api usage limits/i

export function readAnthropicFailure(answer: ErrorAnswer): ProviderFailure {
  const failure = readProviderFailure(answer)
  return failure.reason === 'bad-request' && spendLimit.test(failure.message) ? { ...failure, reason: 'billing' } : failure
}
