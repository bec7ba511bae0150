/** Writes whole answers: a status, flat headers, a body of known length. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Call } from './call.ts'
import type { FlatHeaders } from './cors.ts'

const json = 'application/json; charset=utf-8'

/** How much of an unwanted body is read and thrown away so that the caller gets to see the answer. */
const mostDrainedBytes = 8 * 1024 * 1024
const longestDrainMs = 2000
/** A caller that takes nothing for this long is given up. */
export const slowReaderMs = 60_000

/** Writes a JSON answer. Nothing happens when the caller has gone or an answer has begun. */
export function writeJson(call: Call, status: number, body: Buffer | string, extra: FlatHeaders = []): void {
  writeBody(call, status, body, ['content-type', json, ...extra])
}

export function writeBody(call: Call, status: number, body: Buffer | string, headers: FlatHeaders): void {
  const { response } = call
  if (response.headersSent || response.destroyed) return
  const length = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length)
  response.writeHead(status, [...call.headers, ...headers, 'content-length', length])
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(body)
  if (response.writableLength > 0) giveUpSlowReader(response)
}

/**
 * A large answer would wait in memory for ever. The socket's own timer, not the clock: only it sees how far the one large
 * write of a whole answer has got, and so spares a caller that is slow but reads.
 */
function giveUpSlowReader(response: ServerResponse): void {
  response.setTimeout(slowReaderMs, () => response.destroy())
}

/**
 * Refuses a call whose body has not been read and shall not be: the answer is sent at once, then what still comes is
 * thrown away for a moment, so that the caller can read the answer before the connection closes.
 */
export function writeAndClose(call: Call, status: number, body: Buffer | string, headers: FlatHeaders): void {
  const { response, request } = call
  if (response.headersSent || response.destroyed) return
  const length = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length)
  response.writeHead(status, [...call.headers, ...headers, 'content-length', length, 'connection', 'close'])
  if (request.complete) {
    response.end(body)
    return
  }
  response.write(body)
  drain(request, () => response.end())
}

function drain(request: IncomingMessage, then: () => void): void {
  let drained = 0
  let over = false
  const stop = (): void => {
    if (over) return
    over = true
    clearTimeout(timer)
    request.off('data', count)
    then()
  }
  const count = (chunk: Buffer): void => {
    drained += chunk.length
    if (drained > mostDrainedBytes) stop()
  }
  const timer = setTimeout(stop, longestDrainMs)
  request.on('data', count)
  request.once('end', stop)
  request.once('close', stop)
  request.resume()
}
