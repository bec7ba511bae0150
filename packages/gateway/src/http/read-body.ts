/** Reads a request's body into memory: bounded in size, and bounded in how slowly it may come. */
import type { Clock, Timer } from '@keywheel/keyring'
import { refuse } from '../domain/failure.ts'
import type { RefusedCall } from '../domain/failure.ts'
import type { Call } from './call.ts'

export interface BodyLimits {
  readonly maxBodyBytes: number
  /** A body gets this long before its pace is looked at. */
  readonly slowBodyGraceMs: number
  readonly slowestBytesPerSecond: number
}

/**
 * The whole body.
 * @throws RefusedCall 413 when it is too large, 415 when it is compressed, 408 when it comes too slowly, 400 when it is cut
 * short; `cancelled` when the caller leaves.
 */
export function readBody(call: Call, limits: BodyLimits, clock: Clock): Promise<Buffer> {
  const { request } = call
  const early = refusedByHeaders(call, limits)
  if (early !== undefined) return Promise.reject(early)
  if (call.expectsContinue) call.response.writeContinue()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let timer: Timer | undefined
    const finish = (): void => {
      timer?.cancel()
      request.off('data', take).off('end', done).off('error', broken).off('close', gone)
    }
    const fail = (error: Error): void => {
      finish()
      reject(error)
    }
    const take = (chunk: Buffer): void => {
      size += chunk.length
      if (size > limits.maxBodyBytes) fail(tooLarge(limits))
      else chunks.push(chunk)
    }
    const done = (): void => {
      finish()
      const [only] = chunks
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size))
    }
    const broken = (): void => fail(refuse('cancelled', 'The request ended before its body was complete.', { status: 400, close: true }))
    const gone = (): void => (request.complete ? done() : broken())
    timer = watchPace(limits, clock, () => size, fail)
    request.on('data', take).once('end', done).once('error', broken).once('close', gone)
  })
}

function watchPace(limits: BodyLimits, clock: Clock, size: () => number, fail: (error: Error) => void): Timer {
  const startedAt = clock.now()
  let timer: Timer
  const look = (): void => {
    const seconds = (clock.now() - startedAt) / 1000
    if (size() < seconds * limits.slowestBytesPerSecond) fail(tooSlow())
    else timer = clock.after(5000, look)
  }
  timer = clock.after(limits.slowBodyGraceMs, look)
  return { cancel: () => timer.cancel() }
}

function refusedByHeaders(call: Call, limits: BodyLimits): RefusedCall | undefined {
  const { headers } = call.request
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return refuse('bad-request', 'Compressed request bodies are not accepted. Send the body without `Content-Encoding`.', {
      status: 415,
      close: true,
    })
  }
  const length = Number(headers['content-length'])
  return length > limits.maxBodyBytes ? tooLarge(limits) : undefined
}

function tooLarge(limits: BodyLimits): RefusedCall {
  return refuse('too-large', `The request is larger than ${limits.maxBodyBytes} bytes. Send less, or raise \`server.max_body_bytes\`.`, {
    close: true,
  })
}

function tooSlow(): RefusedCall {
  return refuse('timed-out', 'The request body came too slowly.', { status: 408, close: true, code: 'request_timeout' })
}
