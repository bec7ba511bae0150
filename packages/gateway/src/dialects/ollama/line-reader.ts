/** Newline-delimited JSON in any cut, one object at a time: how Ollama streams. */
import type { Failure } from '../../domain/failure.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'

/** Told of each line that holds an object, up to the one with `done`; `raw` is the line as it came, without its end. */
export type LineListener = (json: Record<string, unknown>, raw: Buffer) => void

/** A line longer than this is refused: a missing newline must not fill the memory. */
const longestLineBytes = 4 * 1024 * 1024
const lineFeed = 0x0a
const sent = 'yes'

export class LineReader {
  readonly #listener: LineListener
  #held: Buffer[] = []
  #heldBytes = 0
  #atEnd = false
  /** The last line was seen; what follows it is nobody's. */
  done = false
  /** Lines with an object so far. */
  dataEvents = 0
  /** A line `{"error": …}`, or one that is no JSON object. */
  failure: Failure | undefined

  constructor(listener: LineListener) {
    this.#listener = listener
  }

  take(chunk: Buffer): void {
    let start = 0
    while (this.failure === undefined && !this.done) {
      const end = chunk.indexOf(lineFeed, start)
      if (end === -1) break
      this.#hear(this.#whole(chunk.subarray(start, end)))
      start = end + 1
    }
    if (this.failure === undefined && !this.done && start < chunk.length) this.#hold(chunk.subarray(start))
  }

  /** The stream has ended; a last line without an end counts. */
  end(): void {
    this.#atEnd = true
    if (this.failure === undefined && !this.done && this.#heldBytes > 0) this.#hear(this.#whole(Buffer.alloc(0)))
  }

  #hold(piece: Buffer): void {
    this.#held.push(piece)
    this.#heldBytes += piece.length
    if (this.#heldBytes > longestLineBytes)
      this.failure = { reason: 'bad-answer', message: 'The provider sent a line without an end.', sent }
  }

  /** Joined once, when its end is there: a long line in many pieces is not copied again with each of them. */
  #whole(last: Buffer): Buffer {
    if (this.#heldBytes === 0) return last
    const line = Buffer.concat([...this.#held, last])
    this.#held = []
    this.#heldBytes = 0
    return line
  }

  #hear(raw: Buffer): void {
    const text = raw.toString().trim()
    if (text === '') return
    const json = parseJson(text)
    if (!isRecord(json)) this.failure = this.#notJson()
    else if (json['error'] !== undefined && json['error'] !== null) this.failure = streamErrorFailure(text)
    else {
      this.dataEvents++
      this.done = json['done'] === true
      this.#listener(json, raw)
    }
  }

  #notJson(): Failure {
    if (this.#atEnd) return { reason: 'truncated', message: 'The provider cut the stream in the middle of a line.', sent }
    return { reason: 'bad-answer', message: 'The provider sent a line that is not JSON.', sent }
  }
}
