/**
 * Puts events that may interleave (tool calls side by side) into an order in which one block ends before the next begins,
 * for dialects whose readers know only the current block.
 */
import type { CanonicalEvent } from './events.ts'

type BlockEvent = Extract<CanonicalEvent, { index: number }>

export class Sequencer {
  /** The block whose events go straight on. */
  #current: number | undefined
  /** Events of blocks that have to wait, by block, in order of opening. */
  readonly #waiting = new Map<number, { events: CanonicalEvent[]; ended: boolean }>()

  /** What may be told now. Everything that is told of a block comes without anything of another in between. */
  take(event: CanonicalEvent): readonly CanonicalEvent[] {
    if (!('index' in event)) return event.is === 'finish' || event.is === 'usage' ? [...this.#drain(), event] : [event]
    const { index } = event
    this.#current ??= index
    if (index !== this.#current) return this.#hold(event)
    if (!ends(event)) return [event]
    this.#current = undefined
    return [event, ...this.#next()]
  }

  #hold(event: BlockEvent): readonly CanonicalEvent[] {
    const held = this.#waiting.get(event.index) ?? { events: [], ended: false }
    held.events.push(event)
    if (ends(event)) held.ended = true
    this.#waiting.set(event.index, held)
    return []
  }

  /** The current block has ended: whatever waits is told up to the first block that is still open, which goes on. */
  #next(): readonly CanonicalEvent[] {
    const told: CanonicalEvent[] = []
    for (const [index, { events, ended }] of this.#waiting) {
      for (const event of events) told.push(event)
      this.#waiting.delete(index)
      if (ended) continue
      this.#current = index
      break
    }
    return told
  }

  /** A stream that finishes with blocks left open has broken its promise; nothing of it is lost all the same. */
  #drain(): readonly CanonicalEvent[] {
    const told: CanonicalEvent[] = []
    for (const { events } of this.#waiting.values()) for (const event of events) told.push(event)
    this.#waiting.clear()
    return told
  }
}

function ends({ is }: BlockEvent): boolean {
  return is === 'block' || is.endsWith('-end')
}
