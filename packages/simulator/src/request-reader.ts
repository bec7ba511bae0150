/** Reads HTTP/1.1 requests out of a socket's bytes, however they are cut. */

/** A request that has arrived whole. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** Whether the client wants the connection kept. */
  readonly keepAlive: boolean
}

/** The client sent something that is not HTTP/1.1. */
export class UnreadableRequest extends Error {}

type Head = Omit<RawRequest, 'body'>

type State =
  | { readonly is: 'head' }
  | { readonly is: 'sized'; readonly head: Head; missing: number }
  | { readonly is: 'chunk-size'; readonly head: Head }
  | { readonly is: 'chunk-data'; readonly head: Head; missing: number }
  | { readonly is: 'chunk-end'; readonly head: Head }
  | { readonly is: 'trailers'; readonly head: Head }

const headLimitBytes = 256 * 1024
const nothing = Buffer.alloc(0)

export class RequestReader {
  #rest: Buffer = nothing
  #state: State = { is: 'head' }
  #pieces: Buffer[] = []
  readonly #onContinue: () => void

  /** `onContinue` is called when a client waits for `100 Continue` before it sends the body. */
  constructor(onContinue: () => void) {
    this.#onContinue = onContinue
  }

  push(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
  }

  /** The next whole request, or undefined until more bytes come. Throws `UnreadableRequest`. */
  next(): RawRequest | undefined {
    for (;;) {
      const step = this.#step()
      if (step === 'more') return undefined
      if (step !== 'again') return step
    }
  }

  #step(): RawRequest | 'more' | 'again' {
    const state = this.#state
    switch (state.is) {
      case 'head':
        return this.#readHead()
      case 'sized':
        return this.#readData(state) ? this.#finish(state.head) : 'more'
      case 'chunk-size':
        return this.#readChunkSize(state.head)
      case 'chunk-data':
        return this.#readData(state) ? this.#enter({ is: 'chunk-end', head: state.head }) : 'more'
      case 'chunk-end':
        return this.#readLine() === undefined ? 'more' : this.#enter({ is: 'chunk-size', head: state.head })
      case 'trailers':
        break
    }
    return this.#readTrailer(state.head)
  }

  #enter(state: State): 'again' {
    this.#state = state
    return 'again'
  }

  #readHead(): RawRequest | 'more' | 'again' {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end < 0) {
      if (this.#rest.length > headLimitBytes) throw new UnreadableRequest('the head is too large')
      return 'more'
    }
    const head = parseHead(this.#rest.toString('latin1', 0, end))
    this.#rest = this.#rest.subarray(end + 4)
    if (head.headers['expect']?.toLowerCase() === '100-continue' && this.#rest.length === 0) this.#onContinue()
    return this.#enter(bodyAfter(head))
  }

  /** Takes what is there of a counted piece of body; true once it is all there. */
  #readData(state: { missing: number }): boolean {
    const piece = this.#rest.subarray(0, state.missing)
    if (piece.length > 0) this.#pieces.push(piece)
    this.#rest = this.#rest.subarray(piece.length)
    state.missing -= piece.length
    return state.missing === 0
  }

  #readChunkSize(head: Head): 'more' | 'again' {
    const line = this.#readLine()
    if (line === undefined) return 'more'
    const size = Number.parseInt(line, 16)
    if (Number.isNaN(size)) throw new UnreadableRequest('a chunk has no size')
    return this.#enter(size === 0 ? { is: 'trailers', head } : { is: 'chunk-data', head, missing: size })
  }

  #readTrailer(head: Head): RawRequest | 'more' | 'again' {
    const line = this.#readLine()
    if (line === undefined) return 'more'
    return line === '' ? this.#finish(head) : 'again'
  }

  #readLine(): string | undefined {
    const end = this.#rest.indexOf('\r\n')
    if (end < 0) return undefined
    const line = this.#rest.toString('latin1', 0, end)
    this.#rest = this.#rest.subarray(end + 2)
    return line
  }

  #finish(head: Head): RawRequest {
    const [only] = this.#pieces
    const body = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#state = { is: 'head' }
    return { ...head, body }
  }
}

function bodyAfter(head: Head): State {
  if (/\bchunked\b/i.test(head.headers['transfer-encoding'] ?? '')) return { is: 'chunk-size', head }
  const length = Number(head.headers['content-length'] ?? 0)
  if (!Number.isSafeInteger(length) || length < 0) throw new UnreadableRequest('content-length is not a number')
  return { is: 'sized', head, missing: length }
}

function parseHead(text: string): Head {
  const [requestLine = '', ...lines] = text.split('\r\n')
  const [, method, target, minor] = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(requestLine) ?? []
  if (method === undefined || target === undefined) throw new UnreadableRequest('the first line is not a request line')
  const headers: Record<string, string> = {}
  const rawHeaders: string[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new UnreadableRequest('a header has no name')
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1).trim()
    rawHeaders.push(name, value)
    const known = headers[name.toLowerCase()]
    headers[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`
  }
  return { method, target, headers, rawHeaders, keepAlive: keepsAlive(headers['connection'] ?? '', minor) }
}

/** HTTP/1.1 keeps a connection unless told otherwise, HTTP/1.0 the other way round. */
function keepsAlive(connection: string, minor: string | undefined): boolean {
  return minor === '1' ? !/\bclose\b/i.test(connection) : /\bkeep-alive\b/i.test(connection)
}
