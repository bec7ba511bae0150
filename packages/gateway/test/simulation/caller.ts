/** A caller in memory: writes one request to the real HTTP server, reads the reply at its own pace, and may leave. */
import { Duplex } from 'node:stream'
import type { Clock, Timer } from '@keywheel/keyring'
import type { CallSeen } from './history.ts'
import { readReply } from './http-reply.ts'
import type { HttpReply } from './http-reply.ts'

export const callerKey = 'simulated-caller-0123456789'

interface Around {
  readonly clock: Clock
  /** Told of everything that the caller sees. */
  readonly note: (what: string, fields: object) => void
  readonly onEnd: (seen: CallSeen) => void
}

export class Caller {
  readonly socket: CallerSocket
  readonly #seen: CallSeen
  readonly #around: Around
  readonly #leaving: Timer | undefined
  #parts: Buffer[] = []

  constructor(seen: CallSeen, around: Around) {
    this.#seen = seen
    this.#around = around
    const { clock } = around
    this.socket = new CallerSocket({
      clock,
      paceMs: paces[seen.habit],
      onBytes: (bytes) => this.#hear(bytes),
      onClosed: () => this.#end(undefined),
    })
    this.#leaving = seen.habit === 'leaves' ? clock.after(seen.leavesAfterMs, () => this.#leave('left')) : undefined
    this.socket.push(requestOf(seen))
  }

  /** The gateway at the other end has died. */
  gatewayDied(): void {
    this.#leave('killed')
  }

  #hear(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#around.note('caller.heard', { call: this.#seen.number, bytes: bytes.toString('latin1') })
  }

  #leave(how: 'left' | 'killed'): void {
    if (this.#seen.end !== 'open') return
    this.#end(how)
    this.socket.destroy(Object.assign(new Error('the caller has gone'), { code: 'ECONNRESET' }))
  }

  #end(how: 'left' | 'killed' | undefined): void {
    const seen = this.#seen
    if (seen.end !== 'open') return
    this.#leaving?.cancel()
    const reply = readReply(Buffer.concat(this.#parts))
    seen.endedAt = this.#around.clock.now()
    seen.end = how ?? (reply?.isComplete === true ? 'properly' : 'cut')
    if (reply !== undefined) take(reply, seen)
    this.#around.note('caller.ended', { call: seen.number, end: seen.end, status: seen.status })
    this.#around.onEnd(seen)
  }
}

function take({ status, headers, body }: HttpReply, seen: CallSeen): void {
  seen.status = status
  seen.body = body
  const id = headers['x-request-id']
  if (id !== seen.requestId) throw new Error(`a reply to ${seen.requestId} says that it is one to ${id}`)
}

/** How long a caller takes for each piece that it is handed. */
const paces: Readonly<Record<CallSeen['habit'], number>> = { patient: 0, leaves: 0, 'reads-slowly': 700, 'stops-reading': Infinity }

function requestOf({ number, model, dialect, stream }: CallSeen): Buffer {
  const messages = [{ role: 'user', content: `call-${number}-` }]
  const [path, body] =
    dialect === 'openai-chat'
      ? ['/v1/chat/completions', { model, messages, ...(stream && { stream }) }]
      : ['/v1/messages', { model, max_tokens: 100, messages, ...(stream && { stream }) }]
  const text = JSON.stringify(body)
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: keywheel.test',
    `authorization: Bearer ${callerKey}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`)
}

interface SocketOptions {
  readonly clock: Clock
  readonly paceMs: number
  readonly onBytes: (bytes: Buffer) => void
  readonly onClosed: () => void
}

/** The server's end of the connection, with as much of a `net.Socket` as node:http and the gateway use. */
class CallerSocket extends Duplex {
  readonly #options: SocketOptions
  #taking: Timer | undefined
  #timeout: Timer | undefined
  bytesRead = 0

  constructor(options: SocketOptions) {
    super({ highWaterMark: 16_384 })
    this.#options = options
    this.on('error', () => undefined)
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    const { paceMs, clock, onBytes } = this.#options
    onBytes(chunk)
    if (paceMs === 0) taken()
    else if (paceMs !== Infinity) this.#taking = clock.after(paceMs, taken)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#taking?.cancel()
    this.#timeout?.cancel()
    this.#options.onClosed()
    done(error)
  }

  setTimeout(ms: number, run?: () => void): this {
    this.#timeout?.cancel()
    if (run !== undefined) this.once('timeout', run)
    if (ms > 0) this.#timeout = this.#options.clock.after(ms, () => this.emit('timeout'))
    return this
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }
}
