/** What happened, in order, as one SHA-256: two runs are the same when their hashes are. */
import { createHash } from 'node:crypto'

const linesAtOnce = 512

export class EventLog {
  readonly #hash = createHash('sha256')
  #lines: string[] = []
  #count = 0

  add(line: string): void {
    this.#count += 1
    if (this.#lines.push(line) >= linesAtOnce) this.#flush()
  }

  get length(): number {
    return this.#count
  }

  /** Ends the log. */
  digest(): string {
    this.#flush()
    return this.#hash.digest('hex')
  }

  #flush(): void {
    this.#hash.update(`${this.#lines.join('\n')}\n`)
    this.#lines = []
  }
}
