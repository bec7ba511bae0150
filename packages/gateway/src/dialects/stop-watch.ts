/** Watches an answer's text for the texts at which it shall stop, for providers that cannot be told. */

export interface Watched {
  /** What may go on to the caller. */
  readonly text: string
  /** The stop text that was met; it is not part of the answer. */
  readonly met?: string
}

export class StopWatch {
  readonly #stops: readonly string[]
  readonly #longest: number
  #held = ''

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '')
    this.#longest = this.#stops.reduce((longest, { length }) => Math.max(longest, length), 0)
  }

  /** The next piece of text; the end of it waits here while it could still become a stop text. */
  take(piece: string): Watched {
    const text = this.#held + piece
    const met = this.#firstIn(text)
    if (met !== undefined) {
      this.#held = ''
      return { text: text.slice(0, met.at), met: met.stop }
    }
    const from = this.#mayBeginAt(text)
    this.#held = text.slice(from)
    return { text: text.slice(0, from) }
  }

  /** The block has ended: what waited is text after all. */
  rest(): string {
    const rest = this.#held
    this.#held = ''
    return rest
  }

  #firstIn(text: string): { at: number; stop: string } | undefined {
    let first: { at: number; stop: string } | undefined
    for (const stop of this.#stops) {
      const at = text.indexOf(stop)
      if (at !== -1 && (first === undefined || at < first.at)) first = { at, stop }
    }
    return first
  }

  /** The earliest place from which the rest of the text is the beginning of a stop text. */
  #mayBeginAt(text: string): number {
    for (let at = Math.max(0, text.length - this.#longest + 1); at < text.length; at++) {
      const rest = text.slice(at)
      if (this.#stops.some((stop) => stop.startsWith(rest))) return at
    }
    return text.length
  }
}
