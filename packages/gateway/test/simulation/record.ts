/** The event log of one simulation: every fact in its order, and one hash over all of them. */
import { createHash } from 'node:crypto'
import type { Clock } from '@keywheel/keyring'

export class EventRecord {
  readonly #clock: Pick<Clock, 'now'>
  readonly #hash = createHash('sha256')
  /** The lines themselves, where somebody wants to compare two runs. */
  readonly lines: string[] = []
  readonly #keepsLines: boolean

  constructor(clock: Pick<Clock, 'now'>, keepsLines: boolean) {
    this.#clock = clock
    this.#keepsLines = keepsLines
  }

  note(what: string, fields: object): void {
    const line = `${this.#clock.now()} ${what} ${JSON.stringify(fields)}\n`
    this.#hash.update(line)
    if (this.#keepsLines) this.lines.push(line)
  }

  /** Call it once, at the end. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}

/** A short hash, for bodies and the like. */
export function shortHash(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12)
}
