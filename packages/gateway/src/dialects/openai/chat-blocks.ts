/** The blocks of an answer that is told in chat deltas: which one is open, when the next begins, and what has to wait. */
import type { Citation } from '../canonical/blocks.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { Piece } from './chat-delta.ts'
import { opaqueOfDetail } from './chat-reasoning.ts'
import type { ReasoningDetail } from './chat-reasoning.ts'
import { ToolCalls } from './chat-tool-calls.ts'
import type { ToolCallsOptions } from './chat-tool-calls.ts'

type Open =
  | { readonly is: 'text' | 'refusal'; readonly index: number }
  | {
      readonly is: 'reasoning'
      readonly index: number
      /** Of the details that belong to it. */
      key: string | undefined
      /** Its text came by itself: what the details say of it is the same again. */
      plain: boolean
      fields: Readonly<Record<string, unknown>>
    }

export class ChatBlocks {
  readonly calls: ToolCalls
  readonly #origin: Origin
  readonly #tell: (event: CanonicalEvent) => void
  #open: Open | undefined
  #next = 0
  /** Pieces that came while a tool call was open; chat has one text beside its calls, so they are told behind them. */
  readonly #late: Piece[] = []
  /** Citations that came before the text they belong to. */
  #citations: Citation[] = []
  readonly #cited = new Set<string>()
  /** A signature that belongs to the text, wherever in it it came. */
  signature: string | undefined

  constructor({ origin, tell, seed, names }: Omit<ToolCallsOptions, 'open'>) {
    this.#origin = origin
    this.#tell = tell
    this.calls = new ToolCalls({
      open: () => {
        this.#close()
        return this.#next++
      },
      tell,
      seed,
      origin,
      names,
    })
  }

  get any(): boolean {
    return this.#next > 0 || this.calls.any
  }

  put(piece: Piece): void {
    if (this.#late.length > 0 || (this.calls.any && !this.calls.endComplete())) this.#late.push(piece)
    else this.#say(piece)
  }

  /** Sources are told once, though some providers repeat the whole list with every event. */
  cite(citation: Citation): void {
    const key = JSON.stringify([citation.url, citation.start, citation.end, citation.url === undefined ? citation.value : ''])
    if (this.#cited.has(key)) return
    this.#cited.add(key)
    if (this.#open?.is === 'text') this.#tell({ is: 'citation', index: this.#open.index, citation })
    else this.#citations.push(citation)
  }

  /** The answer is complete. */
  end(): void {
    this.calls.endAll()
    for (const piece of this.#late) this.#say(piece)
    if (this.signature !== undefined && this.#open?.is !== 'text') this.#begin('text')
    this.#close()
  }

  #say(piece: Piece): void {
    switch (piece.is) {
      case 'text':
      case 'refusal':
        this.#tell({ is: `${piece.is}-delta`, index: this.#begin(piece.is), text: piece.text })
        return
      case 'reasoning':
        this.#think(piece.text, piece.key)
        return
      case 'detail':
        this.#thinkDetail(piece.detail)
        return
      case 'image':
        this.#close()
        this.#tell({ is: 'block', index: this.#next++, block: { is: 'image', source: piece.source } })
        return
      case 'reference':
        this.cite({ origin: this.#origin.dialect, value: piece.value })
    }
  }

  #begin(is: 'text' | 'refusal'): number {
    if (this.#open?.is === is) return this.#open.index
    this.#close()
    const index = this.#next++
    this.#open = { is, index }
    this.#tell({ is: `${is}-start`, index })
    if (is === 'text') for (const citation of this.#citations.splice(0)) this.#tell({ is: 'citation', index, citation })
    return index
  }

  #think(text: string, key: string | undefined): void {
    const open = this.#beginReasoning(key)
    open.plain = true
    this.#tell({ is: 'reasoning-delta', index: open.index, text })
  }

  #thinkDetail({ key, hidden, text, fields }: ReasoningDetail): void {
    const open = this.#beginReasoning(key)
    if (text !== '' && !hidden && !open.plain) this.#tell({ is: 'reasoning-delta', index: open.index, text })
    open.fields = merged(open.fields, fields)
  }

  /** The open block where the piece belongs to it: a block with a signature is complete, and each detail is a block of its own. */
  #beginReasoning(key: string | undefined): Extract<Open, { is: 'reasoning' }> {
    const open = this.#open
    if (open?.is === 'reasoning' && belongs(key, open.key, open.fields)) {
      open.key ??= key
      return open
    }
    this.#close()
    const begun: Open = { is: 'reasoning', index: this.#next++, key, plain: false, fields: {} }
    this.#open = begun
    this.#tell({ is: 'reasoning-start', index: begun.index })
    return begun
  }

  #close(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const { index } = open
    if (open.is === 'refusal') return this.#tell({ is: 'refusal-end', index })
    if (open.is === 'reasoning') {
      const opaque = opaqueOfDetail(open.fields, this.#origin)
      return this.#tell({ is: 'reasoning-end', index, ...(opaque !== undefined && { opaque }) })
    }
    const { signature } = this
    this.signature = undefined
    this.#tell({ is: 'text-end', index, ...(signature !== undefined && { opaque: { origin: this.#origin, data: signature } }) })
  }
}

function belongs(key: string | undefined, to: string | undefined, fields: Readonly<Record<string, unknown>>): boolean {
  if (key !== undefined && to !== undefined) return key === to
  return key !== undefined || Object.keys(fields).length === 0
}

/** Signatures and encrypted texts may come in pieces; the rest is said again or once. */
function merged(before: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const result = { ...before, ...fields }
  for (const name of ['signature', 'data']) {
    const [old, more] = [before[name], fields[name]]
    if (typeof old === 'string' && typeof more === 'string' && old !== more) result[name] = old + more
  }
  return result
}
