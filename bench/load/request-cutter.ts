/** Finds where requests end in a socket's bytes, and whether they ask for a stream: all that the mock needs to know. */

/** How far from a body's ends `"stream":true` is looked for: the load tool writes it first, some gateways last. */
const streamWithin = 256

export class RequestCutter {
  readonly #onRequest: (wantsStream: boolean) => void
  /** Bytes of the head, until it is whole. */
  #head: Buffer | undefined
  #missing = 0
  /** A chunked body is over at its last chunk; its length is not known before. */
  #isChunked = false
  #start = ''
  #end = ''

  /** @param onRequest told once for each whole request. */
  constructor(onRequest: (wantsStream: boolean) => void) {
    this.#onRequest = onRequest
  }

  take(bytes: Buffer): void {
    if (this.#missing > 0) this.#takeBody(bytes)
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
    this.#start = ''
    this.#end = ''
    const head = bytes.toString('latin1', 0, end + 2)
    const body = bytes.subarray(end + 4)
    const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? 0)
    this.#isChunked = length === 0 && /\r\ntransfer-encoding: *chunked\r\n/i.test(head)
    if (this.#isChunked) this.#takeChunked(body)
    else if (length === 0) this.#onRequest(false)
    else {
      this.#missing = length
      this.#takeBody(body)
    }
  }

  #takeBody(bytes: Buffer): void {
    this.#note(bytes)
    this.#missing -= bytes.length
    if (this.#missing <= 0) this.#tell()
  }

  #takeChunked(bytes: Buffer): void {
    this.#note(bytes)
    if (bytes.subarray(-7).includes('0\r\n\r\n')) this.#tell()
  }

  #note(bytes: Buffer): void {
    if (this.#start.length < streamWithin) this.#start += bytes.toString('latin1', 0, streamWithin - this.#start.length)
    this.#end = (this.#end + bytes.toString('latin1', Math.max(0, bytes.length - streamWithin))).slice(-streamWithin)
  }

  /** One request at a time: nobody here pipelines. */
  #tell(): void {
    this.#missing = 0
    this.#isChunked = false
    this.#onRequest(this.#start.includes('"stream":true') || this.#end.includes('"stream":true'))
  }
}
