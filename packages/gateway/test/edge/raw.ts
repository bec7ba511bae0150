/** Speaks HTTP/1.1 byte by byte, for what no HTTP client would send, and reads answers as they stand on the wire. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case; a repeated header is joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface RawConnection {
  readonly socket: Socket
  write(bytes: string | Uint8Array): void
  /** The next whole answer; rejects when the connection ends before it is complete. */
  answer(): Promise<RawAnswer>
  /** Resolves with what had not been read as an answer, once the other side has closed. */
  readonly closed: Promise<string>
  /** Half-closes: nothing more will be sent. */
  end(): void
  /** Cuts the connection with RST. */
  reset(): void
}

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let received = ''
  let over = false
  let wake: (() => void) | undefined
  const { promise: closed, resolve: close } = Promise.withResolvers<string>()
  const finish = (): void => {
    over = true
    wake?.()
    close(received)
    socket.destroy()
  }
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    wake?.()
  })
  socket.once('end', finish).once('error', finish).once('close', finish)
  const answer = async (): Promise<RawAnswer> => {
    for (;;) {
      const taken = takeAnswer(received)
      if (taken !== undefined) {
        received = taken.rest
        return taken.answer
      }
      if (over) throw new Error(`the connection ended after ${JSON.stringify(received)}`)
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    answer,
    closed,
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  }
}

/** Sends everything at once and waits until the other side has answered and closed. */
export async function sendAndClose(port: number, bytes: string | Uint8Array): Promise<RawAnswer> {
  const connection = await openRaw(port)
  connection.write(bytes)
  const answer = await connection.answer()
  const rest = await connection.closed
  if (rest !== '') throw new Error(`more came after the answer: ${JSON.stringify(rest)}`)
  return answer
}

/** A request as text: the usual Host, the headers given, and a body with its length. */
export function request(line: string, headers: Readonly<Record<string, string>> = {}, body?: string): string {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const all = Object.entries({ host: 'gateway.test', ...length, ...headers })
  return `${line} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body ?? ''}`
}

function takeAnswer(text: string): { answer: RawAnswer; rest: string } | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
  const headers = headersOf(lines)
  const length = Number(headers['content-length'] ?? 0)
  const end = headEnd + 4 + length
  if (text.length < end) return undefined
  const body = Buffer.from(text.slice(headEnd + 4, end), 'latin1').toString()
  return { answer: { status, headers, body }, rest: text.slice(end) }
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}
