/** Failures as the gateway sees them: the keyring's closed list, what a caller gets for each, and the error that carries one. */
import type { Failure, FailureReason } from '@keywheel/keyring'

export type { Failure, FailureReason } from '@keywheel/keyring'

/** A failure that a provider explained; its own words can be worth passing on to the caller. */
export interface ProviderFailure extends Failure {
  readonly told?:
    | { readonly type?: string | undefined; readonly code?: string | undefined; readonly param?: string | undefined }
    | undefined
}

/** The HTTP status that a caller gets. A provider's 401 is never the caller's: its own key was fine. */
export const clientStatus: Readonly<Record<FailureReason, number>> = {
  'bad-request': 400,
  'too-large': 413,
  'context-too-long': 400,
  unsupported: 400,
  'content-refused': 400,
  'unknown-model': 404,
  'not-allowed': 403,
  cancelled: 499,
  unauthorized: 401,
  'limit-reached': 429,
  'budget-spent': 429,
  'queue-full': 503,
  'nobody-fit': 503,
  'deadline-passed': 504,
  'shutting-down': 503,
  'key-rejected': 503,
  'key-forbidden': 503,
  'rate-limited': 429,
  'quota-exhausted': 429,
  billing: 503,
  'model-missing': 404,
  overloaded: 503,
  'upstream-broken': 502,
  unreachable: 503,
  'not-sent': 503,
  'timed-out': 504,
  stalled: 504,
  truncated: 502,
  'bad-answer': 502,
}

/** What a refusal tells the caller beside its message. */
export interface RefusalDetails {
  /** The request field at fault, such as `max_tokens`. */
  readonly param?: string
  /** A more precise code than the reason's own, in the caller's dialect. */
  readonly code?: string
  /** A more precise type than the reason's own, such as that of the "all keys failed" body. */
  readonly type?: string
  /** Replaces the reason's status, for refusals of the HTTP edge such as 405 or 431. */
  readonly status?: number
  readonly headers?: readonly string[]
  /** The connection cannot be trusted any more and is closed after the answer. */
  readonly close?: boolean
  /** Goes beside the message in the body; the "all keys failed" table. */
  readonly details?: unknown
}

/** A call that is refused or has failed before its answer began; dialects write it for the caller. */
export class RefusedCall extends Error {
  readonly failure: Failure
  readonly details: RefusalDetails

  constructor(failure: Failure, details: RefusalDetails = {}) {
    super(failure.message)
    this.name = 'RefusedCall'
    this.failure = failure
    this.details = details
  }

  get status(): number {
    return this.details.status ?? clientStatus[this.failure.reason]
  }
}

/** A refusal that was decided here, before any provider was asked. */
export function refuse(reason: FailureReason, message: string, details: RefusalDetails = {}): RefusedCall {
  return new RefusedCall({ reason, message, sent: 'no' }, details)
}
