/** Failures in Google's shape: `{"error": {code, message, status, details}}`, whole and inside a stream. */
import { clientStatus } from '../../domain/failure.ts'
import type { Failure, RefusalDetails, RefusedCall } from '../../domain/failure.ts'
import type { Sketch, WholeError } from '../dialect.ts'
import { escapeSeparators } from '../wire.ts'
import { isArrayStream } from './sketch.ts'

/** What google.rpc.Code calls each HTTP status. */
const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

export function writeGeminiFailure(refusal: RefusedCall): WholeError {
  return { status: refusal.status, body: Buffer.from(JSON.stringify(errorBody(refusal.failure, refusal.status, refusal.details))) }
}

/** The error as one JSON text, for a stream that has begun. */
export function streamErrorText(failure: Failure): string {
  return escapeSeparators(JSON.stringify(errorBody(failure, clientStatus[failure.reason])))
}

/** Ends a stream that broke off before anything of it was sent. */
export function writeGeminiStreamFailure(failure: Failure, sketch?: Sketch): Buffer {
  const text = streamErrorText(failure)
  return Buffer.from(sketch !== undefined && isArrayStream(sketch) ? `[${text}\n]` : `data: ${text}\n\n`)
}

function errorBody(failure: Failure, status: number, details: RefusalDetails = {}): Record<string, unknown> {
  const name = statusNames[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')
  return { error: { code: status, message: failure.message, status: name, details: detailsOf(failure, details) } }
}

/** Google's clients read the reason and the time to wait from here; there is no header for either. */
function detailsOf({ reason, message, retryAfterMs }: Failure, { code, param, details }: RefusalDetails): readonly object[] {
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: (code ?? reason).toUpperCase().replaceAll(/[^A-Z0-9]/g, '_'),
    domain: 'keywheel',
    ...(details !== undefined && { metadata: { tried: JSON.stringify(details) } }),
  }
  return [
    info,
    ...(param === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: param, description: message }] }]),
    ...(retryAfterMs === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(retryAfterMs) / 1000}s` }]),
  ]
}
