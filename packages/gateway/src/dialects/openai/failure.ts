/** Failures in OpenAI's shape: `{"error": {message, type, param, code}}` at top level. */
import type { Failure, FailureReason, ProviderFailure, RefusedCall } from '../../domain/failure.ts'
import type { WholeError } from '../dialect.ts'
import { escapeSeparators } from '../wire.ts'

interface OpenAiError {
  readonly type: string
  readonly code: string | null
}

const invalid = 'invalid_request_error'

/** Type and code of each reason, as the official SDKs and their users know them. */
export const openAiErrors: Readonly<Record<FailureReason, OpenAiError>> = {
  'bad-request': { type: invalid, code: null },
  'too-large': { type: invalid, code: 'request_too_large' },
  'context-too-long': { type: invalid, code: 'context_length_exceeded' },
  unsupported: { type: invalid, code: 'unsupported' },
  'content-refused': { type: invalid, code: 'content_policy_violation' },
  'unknown-model': { type: invalid, code: 'model_not_found' },
  'not-allowed': { type: 'permission_error', code: 'permission_denied' },
  cancelled: { type: invalid, code: 'client_closed_request' },
  unauthorized: { type: 'authentication_error', code: 'invalid_api_key' },
  'limit-reached': { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  'budget-spent': { type: 'insufficient_quota', code: 'insufficient_quota' },
  'queue-full': { type: 'server_error', code: 'server_busy' },
  'nobody-fit': { type: 'server_error', code: 'no_provider_available' },
  'deadline-passed': { type: 'timeout_error', code: 'timeout' },
  'shutting-down': { type: 'server_error', code: 'shutting_down' },
  'key-rejected': { type: 'server_error', code: 'provider_key_rejected' },
  'key-forbidden': { type: 'server_error', code: 'provider_key_forbidden' },
  'rate-limited': { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  'quota-exhausted': { type: 'rate_limit_error', code: 'quota_exhausted' },
  billing: { type: 'server_error', code: 'provider_out_of_credit' },
  'model-missing': { type: invalid, code: 'model_not_found' },
  overloaded: { type: 'server_error', code: 'provider_overloaded' },
  'upstream-broken': { type: 'server_error', code: 'provider_error' },
  unreachable: { type: 'server_error', code: 'provider_unreachable' },
  'not-sent': { type: 'server_error', code: 'provider_unreachable' },
  'timed-out': { type: 'timeout_error', code: 'timeout' },
  stalled: { type: 'timeout_error', code: 'stream_stalled' },
  truncated: { type: 'server_error', code: 'answer_truncated' },
  'bad-answer': { type: 'server_error', code: 'provider_bad_answer' },
}

/** Reasons whose explanation is the provider's own word to the caller: its type, code and param are worth keeping. */
const providersWord: ReadonlySet<FailureReason> = new Set([
  'bad-request',
  'context-too-long',
  'unsupported',
  'content-refused',
  'model-missing',
  'too-large',
])

export function writeOpenAiFailure(refusal: RefusedCall): WholeError {
  return { status: refusal.status, body: Buffer.from(JSON.stringify({ error: errorOf(refusal) })) }
}

function errorOf(refusal: RefusedCall): Record<string, unknown> {
  const { failure, details } = refusal
  const told = providersWord.has(failure.reason) ? toldBy(failure) : undefined
  const { type, code, param } = { ...openAiErrors[failure.reason], param: null, ...told, ...stated(details) }
  return { message: failure.message, type, param, code, ...(details.details === undefined ? {} : { details: details.details }) }
}

type Stated = Partial<Record<'type' | 'code' | 'param', string>>

function toldBy(failure: ProviderFailure): Stated {
  return failure.told === undefined ? {} : stated(failure.told)
}

function stated(from: { readonly [Name in keyof Stated]?: string | undefined }): Stated {
  const { type, code, param } = from
  return { ...(type !== undefined && { type }), ...(code !== undefined && { code }), ...(param !== undefined && { param }) }
}

/** Ends a stream that has begun: an error event, and no `[DONE]` after it. */
export function writeOpenAiStreamFailure(failure: Failure): Buffer {
  const { type, code } = openAiErrors[failure.reason]
  const event = JSON.stringify({ error: { message: failure.message, type, param: null, code } })
  return Buffer.from(`data: ${escapeSeparators(event)}\n\n`)
}
