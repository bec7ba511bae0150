/** The input of a custom tool as a model writes it that was given a function instead: `{"input": "…"}`, taken apart while it comes. */
import { isRecord, parseJson } from '../wire.ts'

/** The arguments that stand for an input. */
export function wrapInput(input: string): string {
  return JSON.stringify({ input })
}

export const inputSchema: Readonly<Record<string, unknown>> = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole input, as plain text.' } },
  required: ['input'],
  additionalProperties: false,
}

/** The whole of it. A model that wrote something else is taken at its word. */
export function unwrapInput(argumentsText: string): string {
  const json = parseJson(argumentsText)
  if (!isRecord(json)) return typeof json === 'string' ? json : argumentsText
  if (typeof json['input'] === 'string') return json['input']
  const [only, ...others] = Object.values(json)
  return typeof only === 'string' && others.length === 0 ? only : argumentsText
}

const opening = /^\s*\{\s*"input"\s*:\s*"/
/** What could still become the opening. */
const maybeOpening = /^\s*(?:\{\s*(?:"(?:i(?:n(?:p(?:u(?:t(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?$/

const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** The same, piece by piece: gives of the input what has come of it. */
export class InputUnwrapper {
  #held = ''
  #all = ''
  #state: 'before' | 'inside' | 'behind' | 'other' = 'before'
  /** The first half of a pair of escapes. */
  #half = ''

  take(piece: string): string {
    this.#all += piece
    if (this.#state === 'behind' || this.#state === 'other') return ''
    this.#held += piece
    if (this.#state === 'before' && !this.#open()) return ''
    return this.#decode()
  }

  /** The call has ended: what has not been given yet. */
  end(): string {
    if (this.#state === 'inside' || this.#state === 'behind') return this.#half
    return unwrapInput(this.#all)
  }

  #open(): boolean {
    const met = opening.exec(this.#held)
    if (met === null) {
      if (!maybeOpening.test(this.#held)) this.#state = 'other'
      return false
    }
    this.#held = this.#held.slice(met[0].length)
    this.#state = 'inside'
    return true
  }

  #decode(): string {
    let out = ''
    let at = 0
    const text = this.#held
    while (at < text.length) {
      const letter = text[at]
      if (letter === '"') {
        this.#state = 'behind'
        break
      }
      const length = letter === '\\' ? escapeLength(text, at) : 1
      if (length === undefined) break
      out += this.#letter(letter === '\\' ? unescaped(text.slice(at, at + length)) : (letter ?? ''))
      at += length
    }
    this.#held = text.slice(at)
    return out
  }

  /** Half a pair waits, so that no piece is cut inside a character. */
  #letter(letter: string): string {
    const both = this.#half + letter
    this.#half = ''
    if (both.length === 1 && /[\uD800-\uDBFF]/.test(both)) {
      this.#half = both
      return ''
    }
    return both
  }
}

/** undefined: the rest of it has not come. */
function escapeLength(text: string, at: number): number | undefined {
  if (at + 1 >= text.length) return undefined
  const length = text[at + 1] === 'u' ? 6 : 2
  return at + length <= text.length ? length : undefined
}

function unescaped(escape: string): string {
  const letter = escape[1] ?? ''
  if (letter === 'u') return String.fromCharCode(Number.parseInt(escape.slice(2), 16))
  return letters[letter] ?? letter
}
