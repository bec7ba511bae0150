/** A caller on a raw socket: sees exactly what comes, and whether the body was ended or only stopped. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { until } from './until.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** The last chunk came, or all the bytes that were announced. */
  readonly finished: boolean
}

export interface Asked {
  /** An object is sent as JSON; text and bytes as they are. */
  readonly body: object | string | Buffer
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

export class RawCall {
  readonly #socket: Socket
  readonly #parts: Buffer[] = []
  #closed = false

  constructor(port: number, { body, path = '/v1/chat/completions', headers = {} }: Asked) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const fields = { host: 'gateway', 'content-type': 'application/json', 'content-length': String(bytes.length), ...headers }
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#socket = connect({ port, host: '127.0.0.1' })
    this.#socket.on('data', (part) => this.#parts.push(part))
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => (this.#closed = true))
    this.#socket.write(Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes]))
  }

  /** What has come so far; undefined before the head is there. */
  get soFar(): RawAnswer | undefined {
    return readAnswer(Buffer.concat(this.#parts))
  }

  get receivedBytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.length, 0)
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Resolves when the answer is finished or the gateway has closed the connection. */
  async ended(): Promise<RawAnswer> {
    await until(() => this.#closed || this.soFar?.finished === true)
    const answer = this.soFar
    if (answer === undefined) throw new Error('the connection was closed without an answer')
    this.#socket.destroy()
    return answer
  }

  /** Resolves once the body so far holds the text. */
  async holds(text: string): Promise<void> {
    await until(() => this.#closed || this.soFar?.body.includes(text) === true)
    if (this.soFar?.body.includes(text) !== true) throw new Error(`the connection was closed without ${text}`)
  }

  /** Reads no more, as a caller that has forgotten about its answer. */
  stopReading(): void {
    this.#socket.pause()
  }

  readAgain(): void {
    this.#socket.resume()
  }

  leave(): void {
    this.#socket.destroy()
  }
}

function readAnswer(bytes: Buffer): RawAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim()
  const rest = bytes.subarray(headEnd + 4)
  const status = Number(first.split(' ')[1])
  if (headers['transfer-encoding'] === 'chunked') return { status, headers, ...readChunks(rest) }
  const length = Number(headers['content-length'])
  return { status, headers, body: rest, finished: rest.length === length }
}

function readChunks(bytes: Buffer): { body: Buffer; finished: boolean } {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return { body: Buffer.concat(parts), finished: false }
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (size === 0) return { body: Buffer.concat(parts), finished: bytes.length >= lineEnd + 4 }
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
