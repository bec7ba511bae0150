/** Answers that Node's parser makes us write by hand: there is no response object, only a socket and the bytes that failed. */
import type { Duplex } from 'node:stream'
import type { FlatHeaders } from './cors.ts'

interface RawAnswer {
  readonly status: number
  readonly title: string
  readonly message: string
  readonly code: string
}

const malformed: RawAnswer = { status: 400, title: 'Bad Request', message: 'The request is not valid HTTP.', code: 'bad_request' }

const answers: Readonly<Record<string, RawAnswer>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    title: 'Request Header Fields Too Large',
    message: 'The headers are larger than 16 KiB, or there are too many.',
    code: 'headers_too_large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request Timeout',
    message: 'The request came too slowly.',
    code: 'request_timeout',
  },
  // Not Node's: the edge's own name for a request to open a tunnel.
  NO_TUNNELS: { status: 400, title: 'Bad Request', message: 'There are no tunnels here: CONNECT is not served.', code: 'bad_request' },
}

/** Where no path is known; most clients understand it. */
function inOpenAiWords({ message, code }: RawAnswer): Buffer {
  return Buffer.from(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } }))
}

/**
 * Answers and closes; gives the status, or undefined when nobody is there to read it. The CORS headers have to be among
 * `headers`: without them a page would only see "Failed to fetch".
 */
export function refuseRaw(
  code: string,
  socket: Duplex,
  headers: FlatHeaders,
  write: (answer: RawAnswer) => Buffer = inOpenAiWords,
): number | undefined {
  if (!socket.writable || socket.destroyed) {
    socket.destroy()
    return undefined
  }
  const answer = answers[code] ?? malformed
  const body = write(answer)
  const length = String(body.length)
  const all = ['content-type', 'application/json; charset=utf-8', 'content-length', length, 'connection', 'close', ...headers]
  const lines: string[] = []
  for (let i = 0; i + 1 < all.length; i += 2) lines.push(`${all[i]}: ${all[i + 1]}\r\n`)
  socket.end(`HTTP/1.1 ${answer.status} ${answer.title}\r\n${lines.join('')}\r\n${body.toString()}`, () => socket.destroy())
  return answer.status
}

/** Node's own code of a parser's error, such as `HPE_HEADER_OVERFLOW`. */
export function codeOf(error: Error): string {
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code : ''
}

/** The Origin header among the bytes that could not be read; only a listed one is ever answered with. */
export function originIn(error: Error): string | undefined {
  const raw: unknown = Reflect.get(error, 'rawPacket')
  if (!Buffer.isBuffer(raw)) return undefined
  return /\r\norigin:[ \t]*([\w:/.\-[\]]+)[ \t]*\r\n/i.exec(raw.toString('latin1', 0, 32_768))?.[1]
}
