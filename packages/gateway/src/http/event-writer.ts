/**
 * Writes a stream of server-sent events to a caller, with backpressure and keep-alive comments.
 * Hot path: one buffer and one `write` per block of events. Measured by bench W3.
 */
import type { Clock, Timer } from '@keywheel/keyring'
import type { Call } from './call.ts'
import type { FlatHeaders } from './cors.ts'

export interface EventWriterOptions {
  readonly clock: Clock
  /** Silence after which a comment is written, so that nothing between us and the caller takes the stream for dead. */
  readonly keepAliveMs: number
  /** A caller that takes nothing for this long is given up. */
  readonly slowReaderMs: number
  /** What is written into the silence once events have come; an SSE comment unless told, nothing where it is empty. */
  readonly keepAlive?: Buffer | undefined
  /** `content-type`; server-sent events unless told. */
  readonly streamType?: string | undefined
}

/** Bytes that may wait for a slow caller before the provider is no longer read. */
const mostUnsentBytes = 256 * 1024

const comment = Buffer.from(': keepalive\n\n')
const eventStream = 'text/event-stream; charset=utf-8'

const streamHeaders: FlatHeaders = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no']

export class EventWriter {
  readonly #call: Call
  readonly #options: EventWriterOptions
  #open = false
  /** HTTP/1.1: the body goes in chunks; HTTP/1.0 ends it with the connection. */
  #frames = false
  /** The bytes are no events: nothing of ours may stand between or behind them. */
  #raw = false
  #lastWriteAt = 0
  #hasWritten = false
  #timer: Timer | undefined
  #slowTimer: Timer | undefined
  /** Called when the caller has taken what waited. */
  onDrain: () => void = () => undefined

  constructor(call: Call, options: EventWriterOptions) {
    this.#call = call
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#open
  }

  /**
   * Sends the 200 and the headers; from here on a failure can only be an event.
   * @param rawType the content type of bytes that are no events, of which only a broken connection can tell that they broke off.
   */
  open(headers: FlatHeaders, rawType?: string): void {
    const { response } = this.#call
    this.#open = true
    this.#raw = rawType !== undefined
    const type = rawType ?? this.#options.streamType ?? eventStream
    response.writeHead(200, [...this.#call.headers, 'content-type', type, ...streamHeaders, ...headers])
    response.flushHeaders()
    // From here on the chunks are framed here, in one buffer and one write each, instead of three parts by node:http.
    this.#frames = response.chunkedEncoding
    response.chunkedEncoding = false
    response.on('drain', this.#drained)
    this.#lastWriteAt = this.#options.clock.now()
    this.#timer = this.#options.clock.after(this.#options.keepAliveMs, this.#keepAlive)
  }

  /** Whole events only. false: so much waits that no more should come until `onDrain`. */
  write(events: Buffer): boolean {
    const { response } = this.#call
    this.#lastWriteAt = this.#options.clock.now()
    this.#hasWritten = true
    response.write(this.#frames ? chunkOf(events) : events)
    if (response.writableLength < mostUnsentBytes) return true
    this.#slowTimer ??= this.#options.clock.after(this.#options.slowReaderMs, () => response.destroy())
    return false
  }

  /** The stream is complete. */
  end(): void {
    this.#stop()
    this.#call.response.end(this.#frames ? lastChunk : undefined)
    this.#watchLastBytes()
  }

  /**
   * The stream breaks off: the error event goes out, then the connection ends without the last chunk. Callers that
   * overlook the event notice the unfinished body.
   */
  breakOff(errorEvent: Buffer): void {
    this.#stop()
    const { response } = this.#call
    const { socket } = response
    // An empty chunk would be the last one, and make the answer look complete.
    if (this.#raw || errorEvent.length === 0) socket?.destroySoon()
    else response.write(this.#frames ? chunkOf(errorEvent) : errorEvent, () => socket?.destroySoon())
    this.#watchLastBytes()
  }

  /** Stops the timers; for a caller that has gone. */
  abandon(): void {
    this.#stop()
  }

  /** Behind the last write nothing waits for the caller to drain; one that never takes it is given up all the same. */
  #watchLastBytes(): void {
    const { response } = this.#call
    if (response.writableLength === 0 || response.destroyed) return
    const timer = this.#options.clock.after(this.#options.slowReaderMs, () => response.destroy())
    response.once('close', () => timer.cancel())
  }

  /** Before the first event a comment: a sign of the dialect's own may not come first. */
  #writeSign(): void {
    const { keepAlive = comment, streamType } = this.#options
    const sign = this.#hasWritten || streamType !== undefined ? keepAlive : comment
    if (sign.length > 0) this.#call.response.write(this.#frames ? chunkOf(sign) : sign)
  }

  #stop(): void {
    this.#timer?.cancel()
    this.#slowTimer?.cancel()
    this.#call.response.off('drain', this.#drained)
  }

  #drained = (): void => {
    this.#slowTimer?.cancel()
    this.#slowTimer = undefined
    this.onDrain()
  }

  #keepAlive = (): void => {
    const { clock, keepAliveMs } = this.#options
    const quietMs = clock.now() - this.#lastWriteAt
    if (quietMs >= keepAliveMs) {
      // Behind a caller that is not reading, comments would only pile up.
      if (this.#call.response.writableLength === 0 && !this.#raw) this.#writeSign()
      this.#lastWriteAt = clock.now()
    }
    this.#timer = clock.after(Math.max(1, quietMs >= keepAliveMs ? keepAliveMs : keepAliveMs - quietMs), this.#keepAlive)
  }
}

const lastChunk = Buffer.from('0\r\n\r\n')

/** One chunk of RFC 9112 section 7.1: the size in hex, a line end, the bytes, a line end. */
function chunkOf(bytes: Buffer): Buffer {
  const size = bytes.length.toString(16)
  const start = size.length + 2
  const chunk = Buffer.allocUnsafe(start + bytes.length + 2)
  chunk.write(size, 0, 'latin1')
  chunk[start - 2] = 0x0d
  chunk[start - 1] = 0x0a
  chunk.set(bytes, start)
  chunk[start + bytes.length] = 0x0d
  chunk[start + bytes.length + 1] = 0x0a
  return chunk
}
