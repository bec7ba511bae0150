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
    const body = new GrowingBody(Number(request.headers['content-length']))
    let over = false
    let timer: Timer | undefined
    const finish = (): boolean => {
      if (over) return false
      over = true
      timer?.cancel()
      return true
    }
    const fail = (error: Error): void => {
      request.off('data', take)
      if (finish()) reject(error)
    }
    const take = (chunk: Buffer): void => {
      body.add(chunk)
      if (body.size > limits.maxBodyBytes) fail(tooLarge(limits))
    }
    const done = (): void => {
      if (finish()) resolve(body.bytes())
    }
    // A request that breaks off closes without having been complete; Node tells of the error only who listens for it.
    const gone = (): void => (request.complete ? done() : fail(brokenOff()))
    timer = watchPace(limits, clock, () => body.size, fail)
    request.on('data', take).on('end', done).on('close', gone)
  })
}

/** Room that is made at once for an announced length; a caller that announces much and sends nothing gets no more. */
const firstRoomBytes = 1024 * 1024
const noBytes = Buffer.alloc(0)

/** Gathers a body in one piece of memory: its blocks are let go of as they come, not kept until the end and joined then. */
class GrowingBody {
  readonly #expected: number
  #room: Buffer | undefined
  size = 0

  /** @param expected the announced length in bytes, NaN when none was. */
  constructor(expected: number) {
    this.#expected = expected
  }

  add(chunk: Buffer): void {
    const size = this.size + chunk.length
    // A small body comes in one block, and that is all there is to do.
    if (this.size === 0 && chunk.length === this.#expected) this.#room = chunk
    else this.#roomFor(size).set(chunk, this.size)
    this.size = size
  }

  bytes(): Buffer {
    return this.#room?.subarray(0, this.size) ?? noBytes
  }

  #roomFor(size: number): Buffer {
    if (this.#room !== undefined && this.#room.length >= size) return this.#room
    const announced = this.#expected >= size ? Math.min(this.#expected, firstRoomBytes) : 0
    const room = Buffer.allocUnsafeSlow(Math.max(size, announced, this.size * 2))
    if (this.#room !== undefined) room.set(this.#room.subarray(0, this.size))
    this.#room = room
    return room
  }
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

function brokenOff(): RefusedCall {
  return refuse('cancelled', 'The request ended before its body was complete.', { status: 400, close: true })
}

function tooSlow(): RefusedCall {
  return refuse('timed-out', 'The request body came too slowly.', { status: 408, close: true, code: 'request_timeout' })
}
