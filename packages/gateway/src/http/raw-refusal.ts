/** Answers that Node's parser makes us write by hand: there is no request object, only a socket and the bytes that failed. */
import type { Duplex } from 'node:stream'
import type { Cors } from './cors.ts'
import type { RequestIds } from './request-ids.ts'

interface RawAnswer {
  readonly status: string
  readonly message: string
  readonly code: string
}

const malformed: RawAnswer = { status: '400 Bad Request', message: 'The request is not valid HTTP.', code: 'bad_request' }

const answers: Readonly<Record<string, RawAnswer>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'The headers are larger than 16 KiB.',
    code: 'headers_too_large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', message: 'The request came too slowly.', code: 'request_timeout' },
}

/** Answers and closes. The CORS headers are there too: without them a page would only see "Failed to fetch". */
export function refuseRaw(error: Error, socket: Duplex, cors: Cors, ids: RequestIds): void {
  if (!socket.writable || socket.destroyed) {
    socket.destroy()
    return
  }
  const { status, message, code } = answers[textOf(error, 'code')] ?? malformed
  const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } })
  const headers = ['x-request-id', ids.next(), ...cors.headers(originIn(error))]
  const lines: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}\r\n`)
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n${lines.join('')}\r\n${body}`,
    () => socket.destroy(),
  )
}

function textOf(error: Error, name: string): string {
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : ''
}

/** The Origin header among the bytes that could not be read; only a listed one is ever answered with. */
function originIn(error: Error): string | undefined {
  const raw: unknown = Reflect.get(error, 'rawPacket')
  if (!Buffer.isBuffer(raw)) return undefined
  return /\r\norigin:[ \t]*([\w:/.\-[\]]+)[ \t]*\r\n/i.exec(raw.toString('latin1', 0, 32_768))?.[1]
}
