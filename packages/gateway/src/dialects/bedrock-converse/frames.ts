/**
 * Frames of `application/vnd.amazon.eventstream`, cut out of bytes that arrive in any pieces. A frame says how long it is and
 * carries two checksums; one that does not hold its own promise ends the stream.
 */
import { createRequire } from 'node:module'
import { crc32 } from 'node:zlib'
import type * as eventStream from '@smithy/eventstream-codec'
import type { Failure } from '../../domain/failure.ts'

export interface Frame {
  /** The headers that are texts; Bedrock uses no others. */
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Buffer
}

/** Length of the frame, length of its headers, and the checksum of the two. */
const preludeBytes = 12
const shortestFrameBytes = 16
const longestFrameBytes = 16 * 1024 * 1024

const garbled: Failure = { reason: 'bad-answer', message: 'The provider sent a stream frame whose checksum is wrong.', sent: 'yes' }

export class FrameReader {
  readonly #listener: (frame: Frame) => void
  #parts: Buffer[] = []
  #size = 0
  /** Known once its prelude is there. */
  #frameBytes: number | undefined
  failure: Failure | undefined

  constructor(listener: (frame: Frame) => void) {
    this.#listener = listener
  }

  /** Takes the next bytes; calls the listener once for each frame that they complete. */
  take(chunk: Buffer): void {
    this.#parts.push(chunk)
    this.#size += chunk.length
    while (this.failure === undefined && this.#size >= (this.#frameBytes ?? preludeBytes)) {
      const bytes = this.#join()
      if (this.#frameBytes === undefined) this.#frameBytes = this.#lengthOf(bytes)
      else this.#tell(bytes, this.#frameBytes)
    }
  }

  /** Joined only when a step can be made with them, so that a long frame in small pieces is not copied again with each. */
  #join(): Buffer {
    const [only] = this.#parts
    if (this.#parts.length === 1 && only !== undefined) return only
    const joined = Buffer.concat(this.#parts)
    this.#parts = [joined]
    return joined
  }

  /** A wrong length would have us wait for bytes that never come: the prelude is checked before it is believed. */
  #lengthOf(bytes: Buffer): number | undefined {
    const length = bytes.readUInt32BE(0)
    const isPlausible = length >= shortestFrameBytes && length <= longestFrameBytes && bytes.readUInt32BE(4) <= length - shortestFrameBytes
    if (isPlausible && crc32(bytes.subarray(0, 8)) === bytes.readUInt32BE(8)) return length
    this.failure = garbled
    return undefined
  }

  #tell(bytes: Buffer, length: number): void {
    const rest = bytes.subarray(length)
    this.#parts = rest.length === 0 ? [] : [rest]
    this.#size = rest.length
    this.#frameBytes = undefined
    const frame = decode(bytes.subarray(0, length))
    if (frame === undefined) this.failure = garbled
    else this.#listener(frame)
  }
}

/** undefined: the frame is damaged. */
function decode(bytes: Buffer): Frame | undefined {
  try {
    const { headers, body } = codec().decode(bytes)
    const texts: Record<string, string> = {}
    for (const [name, { type, value }] of Object.entries(headers)) if (type === 'string') texts[name] = value
    return { headers: texts, payload: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }
  } catch {
    return undefined
  }
}

const load = createRequire(import.meta.url)
let loaded: eventStream.EventStreamCodec | undefined

/** Loaded with the first frame: the gateway's start does not pay for it. */
export function codec(): eventStream.EventStreamCodec {
  if (loaded === undefined) {
    const library: typeof eventStream = load('@smithy/eventstream-codec')
    loaded = new library.EventStreamCodec(
      (bytes) => Buffer.from(bytes).toString(),
      (text) => Buffer.from(text),
    )
  }
  return loaded
}
