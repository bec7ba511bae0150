/** Thinking that comes as `<think>…</think>` at the beginning of the text, cut anywhere. Tags further on are the model's own words. */

export interface ThinkPiece {
  readonly is: 'reasoning' | 'text'
  readonly text: string
}

const opening = '<think>'
const closing = '</think>'

export class ThinkTags {
  #state: 'before' | 'inside' | 'behind' | 'over' = 'before'
  #held = ''

  /** The next piece of text; what could still become a tag waits here. */
  take(piece: string): readonly ThinkPiece[] {
    if (this.#state === 'over') return [{ is: 'text', text: piece }]
    this.#held += piece
    const pieces: ThinkPiece[] = []
    if (this.#state === 'before') this.#begin()
    if (this.#state === 'inside') this.#think(pieces)
    if (this.#state === 'behind') this.#follow()
    // No tag at the beginning, or the text behind one: all of it goes on from here.
    if (this.#isOver()) this.#give(pieces, 'text', this.#held.length)
    return pieces
  }

  /** The text has ended: what waited is what it looks like. Without a closing tag all of it was thinking. */
  end(): readonly ThinkPiece[] {
    const pieces: ThinkPiece[] = []
    this.#give(pieces, this.#state === 'inside' ? 'reasoning' : 'text', this.#held.length)
    return pieces
  }

  #isOver(): boolean {
    return this.#state === 'over'
  }

  #begin(): void {
    const text = this.#held.trimStart()
    if (text.startsWith(opening)) {
      this.#held = text.slice(opening.length)
      this.#state = 'inside'
    } else if (!opening.startsWith(text)) this.#state = 'over'
  }

  #think(pieces: ThinkPiece[]): void {
    const at = this.#held.indexOf(closing)
    if (at === -1) return this.#give(pieces, 'reasoning', beginOf(closing, this.#held))
    this.#give(pieces, 'reasoning', at)
    this.#held = this.#held.slice(closing.length)
    this.#state = 'behind'
  }

  /** Models put blank lines between their thinking and their answer. */
  #follow(): void {
    this.#held = this.#held.trimStart()
    if (this.#held !== '') this.#state = 'over'
  }

  #give(pieces: ThinkPiece[], is: ThinkPiece['is'], length: number): void {
    if (length > 0) pieces.push({ is, text: this.#held.slice(0, length) })
    this.#held = this.#held.slice(length)
  }
}

/** From where on the text could be the beginning of the tag. */
function beginOf(tag: string, text: string): number {
  for (let at = Math.max(0, text.length - tag.length + 1); at < text.length; at++) if (tag.startsWith(text.slice(at))) return at
  return text.length
}
