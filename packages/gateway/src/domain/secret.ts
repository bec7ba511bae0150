/** A text that must never be printed: whatever prints it gets `[secret]`. */
import { inspect } from 'node:util'

export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Call this only where it goes onto the wire or into a hash. */
  reveal(): string {
    return this.#text
  }

  /** For people: the first and last four characters of a long secret, nothing of a short one. */
  get masked(): string {
    return this.#text.length >= 16 ? `${this.#text.slice(0, 4)}…${this.#text.slice(-4)}` : '…'
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}

// `console.log` and `util.inspect` ask for this method (Node.js documentation, util.inspect.custom).
Object.defineProperty(Secret.prototype, inspect.custom, { value: () => '[secret]' })
