/** One block of a stream while it grows. What it is worth is told as it comes; blocks that only Anthropic knows are told whole, at their end. */
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Opaque, Origin } from '../canonical/opaque.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { citationFrom } from './citations.ts'
import type { ToolNames } from '../canonical/tool-names.ts'

type Fields = Readonly<Record<string, unknown>>

export interface BlockNotes {
  readonly origin: Origin
  readonly names: ToolNames
  /** The next index of our own: a block gets it when there is something to tell of it. */
  readonly takeIndex: () => number
}

export class OpenBlock {
  readonly #notes: BlockNotes
  readonly #block: Fields
  readonly #type: string
  readonly #isCustom: boolean
  #index = -1
  #signature = ''
  /** The input of a tool as text, and of a block that is told whole. */
  #input = ''
  /** Members that deltas have brought. */
  #more: Record<string, unknown> = {}

  constructor(block: Fields, notes: BlockNotes, out: CanonicalEvent[]) {
    this.#notes = notes
    this.#block = block
    this.#type = textIn(block['type']) ?? ''
    const name = textIn(block['name']) ?? ''
    this.#isCustom = this.isCall && notes.names.isCustom(notes.names.back(name))
    this.#begin(out)
  }

  /** Whether the caller has to carry it out. */
  get isCall(): boolean {
    return this.#type === 'tool_use'
  }

  /** Some servers give the whole text with the beginning. */
  #begin(out: CanonicalEvent[]): void {
    const { text, thinking, signature, citations } = this.#block
    switch (this.#type) {
      case 'text':
        if (Array.isArray(citations)) for (const citation of citations) this.#cite(citation, out)
        this.#text(textIn(text), out)
        return
      case 'thinking':
        this.#think(textIn(thinking), out)
        this.#signature = textIn(signature) ?? ''
        return
      case 'tool_use':
        this.#startCall(out)
        return
      default:
    }
  }

  hear(delta: Fields, out: CanonicalEvent[]): void {
    switch (delta['type']) {
      case 'text_delta':
        return this.#text(textIn(delta['text']), out)
      case 'thinking_delta':
        return this.#think(textIn(delta['thinking']), out)
      case 'signature_delta':
        this.#signature += textIn(delta['signature']) ?? ''
        return
      case 'citations_delta':
        return this.#cite(delta['citation'], out)
      case 'input_json_delta':
        return this.#addInput(textIn(delta['partial_json']), out)
      default:
        this.#merge(delta)
    }
  }

  close(out: CanonicalEvent[]): void {
    switch (this.#type) {
      case 'text':
        if (this.#index !== -1) out.push({ is: 'text-end', index: this.#index })
        return
      case 'thinking':
        return this.#closeThinking(out)
      case 'redacted_thinking':
        return this.#tellRedacted(out)
      case 'tool_use':
        return this.#closeCall(out)
      default:
        this.#tellWhole(out)
    }
  }

  #text(text: string | undefined, out: CanonicalEvent[]): void {
    if (text === undefined || this.#type !== 'text') return
    this.#openText(out)
    out.push({ is: 'text-delta', index: this.#index, text })
  }

  #openText(out: CanonicalEvent[]): void {
    if (this.#index !== -1) return
    this.#index = this.#notes.takeIndex()
    out.push({ is: 'text-start', index: this.#index })
  }

  /** Sources come before the text that they stand for. */
  #cite(told: unknown, out: CanonicalEvent[]): void {
    const citation = citationFrom(told)
    if (citation === undefined || this.#type !== 'text') return
    this.#openText(out)
    out.push({ is: 'citation', index: this.#index, citation })
  }

  #think(text: string | undefined, out: CanonicalEvent[]): void {
    if (text === undefined || this.#type !== 'thinking') return
    this.#openThinking(out)
    out.push({ is: 'reasoning-delta', index: this.#index, text })
  }

  #openThinking(out: CanonicalEvent[]): void {
    if (this.#index !== -1) return
    this.#index = this.#notes.takeIndex()
    out.push({ is: 'reasoning-start', index: this.#index })
  }

  #closeThinking(out: CanonicalEvent[]): void {
    if (this.#index === -1 && this.#signature === '') return
    this.#openThinking(out)
    const opaque: Opaque = { origin: this.#notes.origin, data: this.#signature }
    out.push({ is: 'reasoning-end', index: this.#index, opaque })
  }

  #tellRedacted(out: CanonicalEvent[]): void {
    this.#openThinking(out)
    const opaque: Opaque = { origin: this.#notes.origin, data: textIn(this.#block['data']) ?? '', redacted: true }
    out.push({ is: 'reasoning-end', index: this.#index, opaque })
  }

  #startCall(out: CanonicalEvent[]): void {
    const { id, name } = this.#block
    this.#index = this.#notes.takeIndex()
    out.push({
      is: 'tool-call-start',
      index: this.#index,
      id: textIn(id) ?? '',
      name: this.#notes.names.back(textIn(name) ?? ''),
      ...(this.#isCustom && { custom: true }),
    })
  }

  #addInput(piece: string | undefined, out: CanonicalEvent[]): void {
    if (piece === undefined) return
    this.#input += piece
    if (this.isCall && !this.#isCustom) out.push({ is: 'tool-call-delta', index: this.#index, argumentsText: piece })
  }

  /** A call without arguments has an empty text here; some servers give the whole input with the beginning instead of pieces. */
  #closeCall(out: CanonicalEvent[]): void {
    const { input } = this.#block
    const whole = JSON.stringify(isRecord(input) ? input : {})
    const argumentsText = this.#isCustom ? freeTextIn(this.#input === '' ? whole : this.#input) : this.#input === '' ? whole : ''
    if (argumentsText !== '') out.push({ is: 'tool-call-delta', index: this.#index, argumentsText })
    out.push({ is: 'tool-call-end', index: this.#index })
  }

  #merge({ type, ...members }: Fields): void {
    if (type !== undefined) this.#more = { ...this.#more, ...members }
  }

  #tellWhole(out: CanonicalEvent[]): void {
    if (this.#type === '') return
    const input = this.#input === '' ? undefined : (parseJson(this.#input) ?? this.#input)
    const value = { ...this.#block, ...this.#more, ...(input !== undefined && { input }) }
    const block = { is: 'opaque', type: this.#type, origin: 'anthropic-messages', value } as const
    out.push({ is: 'block', index: this.#notes.takeIndex(), block })
  }
}

/** The one text in the input of a tool that takes free text; a model that wrote something else is quoted as it is. */
export function freeTextIn(argumentsText: string): string {
  const json = parseJson(argumentsText)
  const text = isRecord(json) ? json['input'] : undefined
  return typeof text === 'string' ? text : argumentsText
}
