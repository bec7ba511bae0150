/** One request at the edge: everything that is known before its body is read. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestId } from '../domain/names.ts'
import type { FlatHeaders } from './cors.ts'
import type { Stopping } from './stopping.ts'

export interface Call {
  readonly id: RequestId
  readonly method: string
  /** Canonical; decoded; what routing and access decide on. */
  readonly path: string
  /** Raw text behind the `?`; unknown parameters are ignored. */
  readonly query: string
  /** Monotonic milliseconds. */
  readonly startedAt: number
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** On every answer: request id and CORS. */
  readonly headers: FlatHeaders
  /** The caller announced its body and waits to be invited (RFC 9110 10.1.1). */
  readonly expectsContinue: boolean
  /** Whether the gateway is being stopped, and when this call must have ended. */
  readonly stopping: Stopping
}
