/** What a broken connection means: undici's and Node's error codes as failures. */
import type { Failure, FailureReason } from '../domain/failure.ts'

interface Meaning {
  readonly reason: FailureReason
  readonly message: string
  readonly sent: Failure['sent']
}

const meanings: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: { reason: 'unreachable', message: "The provider's host name was not found.", sent: 'no' },
  EAI_AGAIN: { reason: 'unreachable', message: "The provider's host name could not be looked up.", sent: 'no' },
  ECONNREFUSED: { reason: 'unreachable', message: 'The provider refused the connection.', sent: 'no' },
  EHOSTUNREACH: { reason: 'unreachable', message: 'The provider cannot be reached.', sent: 'no' },
  ENETUNREACH: { reason: 'unreachable', message: 'The provider cannot be reached.', sent: 'no' },
  EADDRNOTAVAIL: { reason: 'unreachable', message: 'No local address is free for a connection to the provider.', sent: 'no' },
  EMFILE: { reason: 'not-sent', message: 'This machine has no file descriptor left for a connection.', sent: 'no' },
  UND_ERR_CONNECT_TIMEOUT: { reason: 'unreachable', message: 'The provider did not accept the connection in time.', sent: 'no' },
  UND_ERR_HEADERS_OVERFLOW: { reason: 'bad-answer', message: 'The provider sent headers larger than 16 KiB.', sent: 'yes' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { reason: 'truncated', message: 'The provider sent less than it announced.', sent: 'yes' },
  UND_ERR_SOCKET: { reason: 'upstream-broken', message: 'The provider closed the connection.', sent: 'maybe' },
  ECONNRESET: { reason: 'upstream-broken', message: 'The provider reset the connection.', sent: 'maybe' },
  EPIPE: { reason: 'upstream-broken', message: 'The provider closed the connection while the request was sent.', sent: 'maybe' },
}

const tls: Meaning = { reason: 'unreachable', message: "The provider's TLS certificate or handshake was not accepted.", sent: 'no' }
const unreadable: Meaning = { reason: 'bad-answer', message: 'The provider did not answer in valid HTTP.', sent: 'yes' }
const unknown: Meaning = { reason: 'upstream-broken', message: 'The connection to the provider broke.', sent: 'maybe' }

/** The failure behind an error of the connection. `bodySent`: the whole request had been handed to the socket. */
export function networkFailure(error: Error, bodySent: boolean): Failure {
  const code = codeOf(error)
  const meaning = byCode(code) ?? byFamily(error, code)
  return { reason: meaning.reason, message: meaning.message, sent: meaning.sent === 'no' || bodySent ? meaning.sent : 'maybe' }
}

/** The failure of a connection that never came to be, so that nothing went over it: a handshake may break off like any socket. */
export function connectionFailure(error: Error): Failure {
  const { reason, message } = networkFailure(error, false)
  if (reason !== 'upstream-broken') return { reason, message, sent: 'no' }
  return { reason: 'unreachable', message: 'The connection to the provider broke while it was made.', sent: 'no' }
}

function byCode(code: string): Meaning | undefined {
  return Object.hasOwn(meanings, code) ? meanings[code] : undefined
}

function byFamily(error: Error, code: string): Meaning {
  // undici 8 gives a parser's error no code.
  if (error.name === 'HTTPParserError' || code.startsWith('HPE_')) return unreadable
  return /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code) ? tls : unknown
}

/** Several addresses tried and failed come as an AggregateError; its parts hold the code. */
export function codeOf(error: Error): string {
  const own: unknown = Reflect.get(error, 'code')
  if (typeof own === 'string') return own
  if (error instanceof AggregateError) {
    for (const part of error.errors) if (part instanceof Error) return codeOf(part)
  }
  return ''
}

const mayBeStale: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/**
 * Whether a kept-alive socket died before any byte of this answer: the provider had closed it for being idle and most
 * likely never saw the request.
 */
export function isStaleSocket(error: Error): boolean {
  if (!mayBeStale.has(codeOf(error))) return false
  const socket: unknown = Reflect.get(error, 'socket')
  if (typeof socket !== 'object' || socket === null) return false
  // Bytes read on a socket that has given no answer to this request belong to an earlier answer: it was used before.
  return Number(Reflect.get(socket, 'bytesRead')) > 0
}

/** Notes on an error what undici notes on its own: how much its socket had been used. Node's do not tell. */
export function noteSocket(error: Error, { bytesRead }: { readonly bytesRead: number }): void {
  if (Reflect.get(error, 'socket') === undefined) Reflect.set(error, 'socket', { bytesRead })
}
