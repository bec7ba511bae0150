/** Gathers how a conversation began, from the bytes of a request: never more than its beginnings are looked at, however long it is. */
import { scanElements, scanFields } from '../dialects/json-scan.ts'

interface Turn {
  readonly role: string
  /** Where what is said begins. */
  readonly content: number | undefined
  /** Where to look for the next one. */
  readonly end: number
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const openBracket = 0x5b
const separator = Buffer.from([0])
/** A quote inside a text is escaped, so that these stand nowhere but where a field is named. A native search goes past long turns. */
const roleName = '"role"'
const contentNames: readonly string[] = ['"content"', '"parts"']
/** A part may be an object with a list of parts with texts. */
const deepest = 4

export class Beginning {
  readonly #bytes: Buffer
  readonly #pieces: Buffer[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  /**
   * Adds up to `most` bytes of the texts that a value holds, whether it is one text or a list of parts: callers write the last turn
   * as a list, to mark it for the cache, and the same turn as a text later. True if there was something.
   */
  add(start: number, most: number): boolean {
    return this.#gather(start, most, deepest) < most
  }

  /** The next turn that has a role. */
  nextTurn(from: number, end: number): Turn | undefined {
    const bytes = this.#bytes
    const at = bytes.indexOf(roleName, from)
    if (at === -1 || at >= end) return undefined
    const start = bytes.indexOf(quote, at + roleName.length) + 1
    const roleEnd = bytes.indexOf(quote, start)
    const role = bytes.toString('latin1', start, Math.min(roleEnd, start + 16))
    return { role, content: this.#contentNear(at, roleEnd + 1, end), end: roleEnd }
  }

  /** Behind the role where another field follows it, else before it. */
  #contentNear(roleStart: number, roleEnd: number, end: number): number | undefined {
    const follows = this.#bytes[this.#pastSpace(roleEnd)] === comma
    const places = contentNames
      .map((name) => ({ at: follows ? this.#bytes.indexOf(name, roleEnd) : this.#bytes.lastIndexOf(name, roleStart), name }))
      .filter(({ at }) => at !== -1 && at < end)
    const [nearest] = places.toSorted((one, other) => (follows ? one.at - other.at : other.at - one.at))
    return nearest === undefined ? undefined : this.#pastSpace(this.#pastSpace(nearest.at + nearest.name.length) + 1)
  }

  #pastSpace(from: number): number {
    let at = from
    while (this.#bytes[at] === 0x20 || this.#bytes[at] === 0x0a || this.#bytes[at] === 0x0d || this.#bytes[at] === 0x09) at++
    return at
  }

  /** How much of `most` is left. */
  #gather(start: number, most: number, depth: number): number {
    const first = this.#bytes[start]
    if (first === quote) return most - this.#addText(start, most)
    if (depth === 0) return most
    if (first === openBracket) return this.#gatherParts(start, most, depth - 1)
    return first === openBrace ? this.#gatherPart(start, most, depth - 1) : most
  }

  #gatherParts(start: number, most: number, depth: number): number {
    let left = most
    for (const part of scanElements(this.#bytes, start)) {
      left = this.#gather(part, left, depth)
      // To go on would mean to go over the whole of a part that is long.
      if (left <= 0) break
    }
    return left
  }

  #gatherPart(start: number, most: number, depth: number): number {
    for (const { key, valueStart } of scanFields(this.#bytes, start))
      if (key === 'text' || key === 'parts') return this.#gather(valueStart, most, depth)
    // An image: its beginning stands for it.
    this.#pieces.push(this.#bytes.subarray(start, start + 128), separator)
    return most - 128
  }

  #addText(start: number, most: number): number {
    let end = start + 1
    while (end <= start + most && this.#bytes[end] !== quote) end += this.#bytes[end] === backslash ? 2 : 1
    this.#pieces.push(this.#bytes.subarray(start + 1, end), separator)
    return end - start
  }
}
