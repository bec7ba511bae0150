/** Parts of Gemini's answer, one after another, as canonical events: which parts make one block, and where each signature sat. */
import type { Citation, ImageBlock, OpaqueBlock } from '../canonical/blocks.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Opaque, Origin } from '../canonical/opaque.ts'

/**
 * Where a signature sat, told in the `id` of its opaque value; without one it sat on the part itself. `behind`: on an empty text part
 * that follows the block.
 */
export const behind = 'behind'

/** One text of the answer. */
export interface TextSoFar {
  readonly index: number
  text: string
}

interface OpenBlock {
  readonly is: 'text' | 'reasoning'
  readonly index: number
}

export interface RunCall {
  readonly id: string
  readonly name: string
  readonly argumentsText: string
  readonly custom: boolean
  readonly signature: string | undefined
}

export class BlockRun {
  readonly #origin: Origin
  #events: CanonicalEvent[] = []
  #open: OpenBlock | undefined
  #nextIndex = 0
  #calls = 0
  /** In order; for the offsets of citations. */
  readonly texts: TextSoFar[] = []

  constructor(origin: Origin) {
    this.#origin = origin
  }

  /** Whether anything has been told. */
  get hasBlocks(): boolean {
    return this.#nextIndex > 0
  }

  get calls(): number {
    return this.#calls
  }

  /** The text block that is still open. */
  get openText(): number | undefined {
    return this.#open?.is === 'text' ? this.#open.index : undefined
  }

  /** The events since the last time. */
  take(): CanonicalEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  add(event: CanonicalEvent): void {
    this.#events.push(event)
  }

  /** A signed text and an unsigned one are never put together: the signature is for its own part only. */
  say(is: OpenBlock['is'], text: string, signature: string | undefined): void {
    if (text === '') {
      if (signature !== undefined) this.#signEmpty(signature)
      return
    }
    if (signature !== undefined || this.#open?.is !== is) this.close()
    const { index } = (this.#open ??= this.#start(is))
    this.#events.push({ is: `${is}-delta`, index, text })
    const told = this.texts.at(-1)
    if (is === 'text' && told !== undefined) told.text += text
    if (signature !== undefined) this.close(this.#opaque(signature))
  }

  call({ id, name, argumentsText, custom, signature }: RunCall): void {
    this.close()
    const index = this.#nextIndex++
    this.#calls++
    this.#events.push(
      { is: 'tool-call-start', index, id, name, ...(custom && { custom }) },
      { is: 'tool-call-delta', index, argumentsText },
      { is: 'tool-call-end', index, ...(signature !== undefined && { opaque: this.#opaque(signature) }) },
    )
  }

  block(block: ImageBlock | OpaqueBlock): void {
    this.close()
    this.#events.push({ is: 'block', index: this.#nextIndex++, block })
  }

  /** Only an open block can still be given its sources. */
  cite(citation: Citation): void {
    if (this.#open?.is === 'text') this.#events.push({ is: 'citation', index: this.#open.index, citation })
  }

  close(opaque?: Opaque): void {
    if (this.#open === undefined) return
    const { is, index } = this.#open
    this.#events.push({ is: `${is}-end`, index, ...(opaque !== undefined && { opaque }) })
    this.#open = undefined
  }

  #start(is: OpenBlock['is']): OpenBlock {
    const index = this.#nextIndex++
    this.#events.push({ is: `${is}-start`, index })
    if (is === 'text') this.texts.push({ index, text: '' })
    return { is, index }
  }

  /** An empty part that only signs: for the block before it, or, where none is open, for itself. */
  #signEmpty(signature: string): void {
    this.#open ??= this.#start('reasoning')
    this.close({ ...this.#opaque(signature), id: behind })
  }

  #opaque(data: string): Opaque {
    return { origin: this.#origin, data }
  }
}
