/** The events of a stream that go on as the bytes that arrived: neighbours in one piece, without copying. */
import type { SseEvent } from '../sse-scan.ts'

const noBytes = Buffer.alloc(0)
const lineFeed = 0x0a
const blankLine = Buffer.from('\n\n')

export class PassedEvents {
  #from = -1
  #to = -1
  #bytes: Buffer = noBytes
  #parts: Buffer[] = []

  /** The event belongs to what the caller gets. */
  pass(event: SseEvent): void {
    if (this.#from !== -1 && (this.#bytes !== event.bytes || this.#to !== event.start)) this.#close()
    if (this.#from === -1) this.#from = event.start
    this.#to = event.end
    this.#bytes = event.bytes
  }

  /** @param unfinished the last event lacks its blank line, without which a caller would not see it. */
  collect(unfinished: boolean = false): Buffer | undefined {
    if (this.#from !== -1) this.#close()
    const parts = this.#parts
    if (parts.length === 0) return undefined
    this.#parts = []
    if (unfinished) parts.push(parts.at(-1)?.at(-1) === lineFeed ? blankLine.subarray(1) : blankLine)
    return parts.length === 1 ? parts[0] : Buffer.concat(parts)
  }

  #close(): void {
    this.#parts.push(this.#bytes.subarray(this.#from, this.#to))
    this.#from = -1
    this.#to = -1
  }
}
