/**
 * Cuts a Gemini stream into its JSON objects. The stream comes as server-sent events, or as one JSON array that grows where
 * `alt=sse` was not asked for or not understood; a whole answer or an error in place of a stream is an array of one without brackets.
 */
import type { Failure } from '../../domain/failure.ts'
import { SseScanner } from '../sse-scan.ts'
import type { SseEvent } from '../sse-scan.ts'

const sent = 'yes'
export const notJson: Failure = { reason: 'bad-answer', message: 'The provider sent a part of the stream that is not JSON.', sent }
export const cutInFrame: Failure = { reason: 'truncated', message: 'The provider cut the stream in the middle of an event.', sent }
export const endless: Failure = { reason: 'bad-answer', message: 'The provider sent an event without an end.', sent }

/** A frame longer than this is refused: images come in one frame, a missing end must not fill the memory. */
const longestFrameBytes = 48 * 1024 * 1024

export interface FrameListener {
  /**
   * One object. @param json its text; @param raw all bytes that belong to it on the wire, in front of it too. Both stay valid.
   * @param joined the text was put together from several `data:` lines.
   */
  frame(json: Buffer, raw: Buffer, joined: boolean): void
  /** Bytes of a comment, or of an event without data. */
  other(raw: Buffer): void
  /** A line `error: …`, which some servers send instead of an event. */
  errorLine(text: string): void
}

export class FrameScanner {
  readonly #listener: FrameListener
  #scanner: SseScanner | ObjectScanner | undefined
  /** Space, or a part of a byte order mark, before anything tells the form. */
  #held: Buffer | undefined

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  get isArray(): boolean {
    return this.#scanner instanceof ObjectScanner
  }

  /** What came behind the last object of an array. */
  get rest(): Buffer {
    return this.#scanner instanceof ObjectScanner ? this.#scanner.rest : Buffer.alloc(0)
  }

  /** Whether an unfinished frame has grown past its limit, or what comes is no JSON at all. */
  get broken(): boolean {
    return this.#scanner !== undefined && (this.#scanner.heldBytes > longestFrameBytes || ('junk' in this.#scanner && this.#scanner.junk))
  }

  take(chunk: Buffer): void {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = undefined
    this.#scanner ??= this.#scannerFor(bytes)
    if (this.#scanner === undefined) this.#held = bytes
    else this.#scanner.take(bytes)
  }

  /** What is held counts as complete. True: a frame of it was not ended as it should have been. */
  end(): boolean {
    return this.#scanner?.flush() ?? false
  }

  #scannerFor(bytes: Buffer): SseScanner | ObjectScanner | undefined {
    const first = bytes.find((byte) => !marksAndSpace.has(byte))
    if (first === undefined) return undefined
    if (first === openBracket || first === openBrace) return new ObjectScanner(this.#listener)
    return new SseScanner((event) => this.#hear(event))
  }

  #hear(event: SseEvent): void {
    const { bytes, start, end, dataStart, dataEnd, dataLines, errorStart, errorEnd } = event
    const raw = bytes.subarray(start, end)
    if (errorStart !== -1) this.#listener.errorLine(bytes.toString('utf8', errorStart, errorEnd))
    else if (dataLines > 1) this.#listener.frame(joined(raw), raw, true)
    else if (dataLines === 1 && dataStart !== dataEnd) this.#hearData(bytes.subarray(dataStart, dataEnd), raw)
    // Google's front end can write its error as bare JSON between the events.
    else if (raw.find((byte) => !marksAndSpace.has(byte)) === openBrace) this.#listener.frame(raw, raw, false)
    else this.#listener.other(raw)
  }

  /** Proxies end streams of any dialect with OpenAI's mark. It says nothing here, and Google's clients would read it as JSON. */
  #hearData(json: Buffer, raw: Buffer): void {
    if (!json.subarray(0, openAiEnd.length).equals(openAiEnd)) this.#listener.frame(json, raw, false)
  }
}

const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const comma = 0x2c
const quote = 0x22
const backslash = 0x5c
const openAiEnd = Buffer.from('[DONE]')
const marksAndSpace: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d])

/** Several `data:` lines make one text (WHATWG); in valid JSON a line break is only space between tokens. */
function joined(raw: Buffer): Buffer {
  const lines = raw.toString().split(/\r\n|\n|\r/)
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice('data:'.length).replace(/^ /, ''))
  return Buffer.from(data.join(' '))
}

/** Finds the objects of an array, each as soon as its last brace is there. */
class ObjectScanner {
  readonly #listener: FrameListener
  /** Pieces since the last object's end. */
  #parts: Buffer[] = []
  heldBytes = 0
  /** Where the object begins in them; -1: between two objects. */
  #objectStart = -1
  #depth = 0
  #inText = false
  #isEscaped = false
  junk = false

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  take(chunk: Buffer): void {
    let from = 0
    for (let at = 0; at < chunk.length && !this.junk; at++) {
      if (!this.#endsObject(chunk[at] ?? 0, this.heldBytes + at - from)) continue
      this.#tell(chunk.subarray(from, at + 1))
      from = at + 1
    }
    if (from < chunk.length) this.#parts.push(chunk.subarray(from))
    this.heldBytes += chunk.length - from
  }

  get rest(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** True: the last object is cut off. */
  flush(): boolean {
    return this.#objectStart !== -1
  }

  /** @param offset of the byte, counted from the last object's end. */
  #endsObject(byte: number, offset: number): boolean {
    if (this.#inText) this.#stepInText(byte)
    else if (this.#objectStart === -1) this.#stepBetween(byte, offset)
    else if (byte === quote) this.#inText = true
    else if (byte === openBrace || byte === openBracket) this.#depth++
    else if (byte === closeBrace || byte === closeBracket) return --this.#depth === 0
    return false
  }

  #stepInText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === backslash) this.#isEscaped = true
    else if (byte === quote) this.#inText = false
  }

  #stepBetween(byte: number, offset: number): void {
    if (byte === openBrace) {
      this.#objectStart = offset
      this.#depth = 1
    } else if (byte !== openBracket && byte !== closeBracket && byte !== comma && !marksAndSpace.has(byte)) this.junk = true
  }

  #tell(last: Buffer): void {
    const raw = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last])
    const json = raw.subarray(this.#objectStart)
    this.#parts = []
    this.heldBytes = 0
    this.#objectStart = -1
    this.#listener.frame(json, raw, false)
  }
}
