/**
 * One kept-alive connection that sends the same request again and again and reads whole answers: as cheap as it can be,
 * because the load tool shares the machine's cores with what it measures.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** Where to, and with which bytes. */
export interface CallTarget {
  readonly port: number
  readonly request: Buffer
  /** Sees a stream's bytes as they come. */
  readonly watch?: (bytes: Buffer) => void
  /** What each content event of a stream carries and nothing else does; that of a chat stream unless told. */
  readonly mark?: string
}

/** A request's bytes, head and body. */
export function requestBytes(headers: Readonly<Record<string, string>>, body: string, path: string = '/v1/chat/completions'): Buffer {
  const lines = Object.entries({
    host: '127.0.0.1',
    'content-type': 'application/json',
    'user-agent': 'keywheel-bench',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

export class Connection {
  readonly #socket: Socket
  readonly #request: Buffer
  readonly #watch: ((bytes: Buffer) => void) | undefined
  #head: Buffer | undefined
  #missing = 0
  #isChunked = false
  #ok = false
  #tail = ''
  #waiting: { readonly done: (ok: boolean) => void } | undefined

  constructor({ port, request, watch }: CallTarget) {
    this.#request = request
    this.#watch = watch
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
    this.#socket.on('data', (bytes) => this.#take(bytes))
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => this.#tell(false))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  /** Sends the request; `done` hears whether a whole 200 came back. */
  ask(done: (ok: boolean) => void): void {
    this.#waiting = { done }
    if (this.#socket.destroyed) this.#tell(false)
    else this.#socket.write(this.#request)
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(bytes: Buffer): void {
    if (this.#missing > 0) this.#takeSized(bytes.length)
    else if (this.#isChunked) this.#takeChunked(bytes)
    else this.#takeHead(this.#head === undefined ? bytes : Buffer.concat([this.#head, bytes]))
  }

  #takeHead(bytes: Buffer): void {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) {
      this.#head = bytes
      return
    }
    this.#head = undefined
    const head = bytes.toString('latin1', 0, end + 2)
    this.#ok = head.startsWith('HTTP/1.1 200')
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1]
    if (length === undefined) {
      this.#isChunked = true
      this.#tail = ''
      this.#takeChunked(bytes.subarray(end + 4))
    } else {
      this.#missing = Number(length)
      this.#takeSized(bytes.length - end - 4)
    }
  }

  #takeSized(bytes: number): void {
    this.#missing -= bytes
    if (this.#missing <= 0) this.#tell(this.#ok)
  }

  #takeChunked(bytes: Buffer): void {
    this.#watch?.(bytes)
    this.#tail = (this.#tail + bytes.toString('latin1', Math.max(0, bytes.length - 5))).slice(-5)
    if (this.#tail !== '0\r\n\r\n') return
    this.#isChunked = false
    this.#tell(this.#ok)
  }

  #tell(ok: boolean): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.done(ok)
  }
}
