/** Tells the items of a stream of the Responses API as blocks: opened at their first content, filled, closed once. */
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Origin } from '../canonical/opaque.ts'
import { isRecord, textIn } from '../wire.ts'
import { citationOf } from './annotations.ts'
import { blocksOf, called, opaqueOf, thoughtIn } from './read-blocks.ts'

type Wire = Record<string, unknown>
type Kind = 'text' | 'reasoning' | 'refusal' | 'tool-call'

interface OpenBlock {
  readonly kind: Kind
  readonly index: number
  text: string
  /** Which part of a summary is being told. */
  part: number
}

/** By item, and by part within a message. */
const keyOf = (item: number, part: number): string => `${item}.${part}`

export class BlockTeller {
  readonly #origin: Origin
  readonly #tell: (event: CanonicalEvent) => void
  readonly #open = new Map<string, OpenBlock>()
  /** Items and parts of which all has been told. */
  readonly #done = new Set<string>()
  #count = 0
  hasCalls = false

  constructor(origin: Origin, tell: (event: CanonicalEvent) => void) {
    this.#origin = origin
    this.#tell = tell
  }

  hear(event: Wire, type: string): void {
    const item = numberIn(event['output_index'])
    const part = numberIn(event['content_index'])
    const listener = Object.hasOwn(this.#listeners, type) ? this.#listeners[type] : undefined
    listener?.(event, item, part)
  }

  /** The last event repeats all items: those that no event had told are told now, and what is open is closed. */
  conclude(output: readonly unknown[]): void {
    for (const [at, item] of output.entries()) if (isRecord(item)) this.#endItem(item, at)
    this.#closeAll()
  }

  readonly #listeners: Readonly<Record<string, (event: Wire, item: number, part: number) => void>> = {
    'response.output_item.added': (event, item) => {
      if (isRecord(event['item'])) this.#startCall(event['item'], item)
    },
    'response.output_item.done': (event, item) => {
      if (isRecord(event['item'])) this.#endItem(event['item'], item)
    },
    'response.output_text.delta': (event, item, part) => {
      this.#say('text', keyOf(item, part), textIn(event['delta']))
      const { logprobs } = event
      if (Array.isArray(logprobs) && logprobs.length > 0) this.#tell({ is: 'logprobs', content: logprobs })
    },
    'response.output_text.done': (event, item, part) => this.#endPart('text', keyOf(item, part), textIn(event['text'])),
    'response.refusal.delta': (event, item, part) => this.#say('refusal', keyOf(item, part), textIn(event['delta'])),
    'response.refusal.done': (event, item, part) => this.#endPart('refusal', keyOf(item, part), textIn(event['refusal'])),
    'response.reasoning_summary_text.delta': (event, item) => this.#think(event, item, numberIn(event['summary_index'])),
    'response.reasoning_text.delta': (event, item, part) => this.#think(event, item, part),
    'response.output_text.annotation.added': (event, item, part) => this.#cite(event['annotation'], keyOf(item, part)),
    'response.function_call_arguments.delta': (event, item) => this.#call(item, textIn(event['delta'])),
    'response.function_call_arguments.done': (event, item) => this.#complete(keyOf(item, 0), textIn(event['arguments'])),
    'response.custom_tool_call_input.delta': (event, item) => this.#call(item, textIn(event['delta'])),
    'response.custom_tool_call_input.done': (event, item) => this.#complete(keyOf(item, 0), textIn(event['input'])),
  }

  #startCall(item: Wire, at: number): void {
    const key = keyOf(at, 0)
    const custom = item['type'] === 'custom_tool_call'
    if ((!custom && item['type'] !== 'function_call') || this.#open.has(key) || this.#done.has(key)) return
    this.hasCalls = true
    this.#closeSaid()
    const index = this.#count++
    this.#open.set(key, { kind: 'tool-call', index, text: '', part: 0 })
    this.#tell({ is: 'tool-call-start', index, ...called(item), ...(custom && { custom }) })
  }

  #call(at: number, delta: string | undefined): void {
    const block = this.#open.get(keyOf(at, 0))
    if (block?.kind === 'tool-call' && delta !== undefined) this.#grow(block, delta)
  }

  #think(event: Wire, at: number, part: number): void {
    const delta = textIn(event['delta'])
    if (delta === undefined || this.#done.has(keyOf(at, 0))) return
    const block = this.#open.get(keyOf(at, 0)) ?? this.#start('reasoning', keyOf(at, 0))
    // Parts of a summary are paragraphs.
    const gap = block.part !== part && block.text !== '' ? '\n\n' : ''
    block.part = part
    this.#grow(block, gap + delta)
  }

  #say(kind: 'text' | 'refusal', key: string, delta: string | undefined): void {
    if (delta === undefined || this.#done.has(key)) return
    this.#grow(this.#open.get(key) ?? this.#start(kind, key), delta)
  }

  /** Sources may come behind the text's end: the block is closed with its item. */
  #endPart(kind: 'text' | 'refusal', key: string, whole: string | undefined): void {
    if (!this.#open.has(key)) this.#say(kind, key, whole)
    else this.#complete(key, whole)
  }

  #cite(annotation: unknown, key: string): void {
    const block = this.#open.get(key)
    if (block?.kind === 'text' && isRecord(annotation)) this.#tell({ is: 'citation', index: block.index, citation: citationOf(annotation) })
  }

  /** Deltas that were left out, when the whole text goes on where they ended. */
  #complete(key: string, whole: string | undefined): void {
    const block = this.#open.get(key)
    if (block === undefined || whole === undefined || whole.length <= block.text.length) return
    if (whole.startsWith(block.text)) this.#grow(block, whole.slice(block.text.length))
  }

  #endItem(item: Wire, at: number): void {
    switch (item['type']) {
      case 'function_call':
      case 'custom_tool_call':
        this.#startCall(item, at)
        this.#complete(keyOf(at, 0), textIn(item['arguments']) ?? textIn(item['input']))
        return this.#close(keyOf(at, 0))
      case 'reasoning':
        return this.#endReasoning(item, at)
      case 'message':
        return this.#endMessage(item, at)
      default:
        return this.#endPiece(item, at)
    }
  }

  #endReasoning(item: Wire, at: number): void {
    const key = keyOf(at, 0)
    if (this.#done.has(key)) return
    const opaque = opaqueOf(item, this.#origin)
    const whole = thoughtIn(item)
    if (!this.#open.has(key) && (whole !== '' || opaque !== undefined)) this.#start('reasoning', key)
    this.#complete(key, whole)
    const block = this.#open.get(key)
    this.#open.delete(key)
    this.#done.add(key)
    if (block !== undefined) this.#tell({ is: 'reasoning-end', index: block.index, ...(opaque !== undefined && { opaque }) })
  }

  #endMessage(item: Wire, at: number): void {
    const content = Array.isArray(item['content']) ? item['content'] : []
    for (const [part, said] of content.entries()) {
      const key = keyOf(at, part)
      if (!isRecord(said)) continue
      if (said['type'] === 'refusal') this.#endPart('refusal', key, textIn(said['refusal']))
      else this.#endText(said, key)
    }
    for (const key of this.#open.keys()) if (key.startsWith(`${at}.`)) this.#close(key)
  }

  #endText(said: Wire, key: string): void {
    const isNew = !this.#open.has(key) && !this.#done.has(key)
    this.#endPart('text', key, textIn(said['text']))
    if (!isNew || !Array.isArray(said['annotations'])) return
    for (const annotation of said['annotations']) this.#cite(annotation, key)
  }

  /** What the vendor's own tools did comes in one piece, when it is done. */
  #endPiece(item: Wire, at: number): void {
    const key = keyOf(at, 0)
    if (this.#done.has(key)) return
    this.#done.add(key)
    for (const block of blocksOf(item, this.#origin)) {
      if (block.is !== 'opaque') continue
      this.#closeSaid()
      this.#tell({ is: 'block', index: this.#count++, block })
    }
  }

  #start(kind: Exclude<Kind, 'tool-call'>, key: string): OpenBlock {
    this.#closeAll()
    const block = { kind, index: this.#count++, text: '', part: 0 }
    this.#open.set(key, block)
    this.#tell({ is: `${kind}-start`, index: block.index })
    return block
  }

  #grow(block: OpenBlock, text: string): void {
    if (text === '') return
    block.text += text
    const { kind, index } = block
    if (kind === 'tool-call') this.#tell({ is: 'tool-call-delta', index, argumentsText: text })
    else this.#tell({ is: `${kind}-delta`, index, text })
  }

  #close(key: string): void {
    const block = this.#open.get(key)
    this.#done.add(key)
    if (block === undefined) return
    this.#open.delete(key)
    this.#tell({ is: `${block.kind}-end`, index: block.index })
  }

  /** Only calls may be open side by side. */
  #closeSaid(): void {
    for (const [key, { kind }] of this.#open) if (kind !== 'tool-call') this.#close(key)
  }

  #closeAll(): void {
    for (const key of this.#open.keys()) this.#close(key)
  }
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
