/** Failures in KoboldCpp's shape: `{"detail": {msg, type}}`. */
import type { Failure, RefusedCall } from '../../domain/failure.ts'
import type { WholeError } from '../dialect.ts'

/** Callers know one word for everything that goes away by itself, and only behind this status. */
const busy: ReadonlySet<number> = new Set([429, 503])

const typeByStatus: Readonly<Record<number, string>> = { 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 504: 'timeout' }

export function writeKoboldFailure(refusal: RefusedCall): WholeError {
  const { failure, status } = refusal
  // The caller has ended the generation itself, which is no error: there is just no text.
  if (failure.reason === 'cancelled') return { status: 200, body: nothing }
  if (busy.has(status)) return error(503, failure, 'service_unavailable')
  return error(status, failure, typeByStatus[status] ?? (status < 500 ? 'bad_input' : 'server_error'))
}

const nothing = Buffer.from(JSON.stringify({ results: [{ text: '', finish_reason: 'stop' }] }))

function error(status: number, { message }: Failure, type: string): WholeError {
  return { status, body: Buffer.from(JSON.stringify({ detail: { msg: message, type } })) }
}

/**
 * A stream has no event for errors: any event would be taken for text, and what is no JSON stops the page. A comment tells those who
 * read the bytes; the page is told by the connection, which breaks off.
 */
export function writeKoboldStreamFailure({ message }: Failure): Buffer {
  return Buffer.from(`: error: ${message.replaceAll(/[\s\u0085]+/g, ' ')}\n\n`)
}
