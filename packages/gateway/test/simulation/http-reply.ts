/** Reads a reply as HTTP frames it, to tell one that was ended properly from one that was cut. */

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The last chunk, or as many bytes as were announced, have come. */
  readonly isComplete: boolean
}

/** undefined: not even the head is there. */
export function readReply(bytes: Buffer): HttpReply | undefined {
  const text = bytes.toString('latin1')
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1])
  const headers = Object.fromEntries(lines.map((line) => fieldOf(line)))
  const rest = text.slice(headEnd + 4)
  const framed = headers['transfer-encoding'] === 'chunked' ? unchunk(rest) : counted(rest, Number(headers['content-length']))
  return { status, headers, ...framed }
}

type Framed = Pick<HttpReply, 'body' | 'isComplete'>

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

function counted(rest: string, length: number): Framed {
  return { body: rest.slice(0, length), isComplete: rest.length === length }
}

function unchunk(rest: string): Framed {
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at)
    const size = lineEnd === -1 ? Number.NaN : Number.parseInt(rest.slice(at, lineEnd), 16)
    if (Number.isNaN(size)) return { body, isComplete: false }
    if (size === 0) return { body, isComplete: rest.slice(lineEnd) === '\r\n\r\n' }
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 2 + size + 2
  }
}
