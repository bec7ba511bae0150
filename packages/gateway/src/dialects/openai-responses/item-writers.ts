/** The events of one item each, from the first to the last. Deltas put together, the text that is done, and the item's text are one. */
import type { Citation } from '../canonical/blocks.ts'
import type { Opaque } from '../canonical/opaque.ts'
import { annotationOf } from './annotations.ts'
import { InputUnwrapper } from './custom-input.ts'
import { callItem, messageItem, reasoningItem } from './items.ts'
import type { Content, Item, ItemStatus } from './items.ts'
import type { ToolOrigin } from './tool-names.ts'

/** Writes one event and counts it. */
export type Tell = (type: string, fields: Readonly<Record<string, unknown>>) => string

export interface Place {
  readonly at: number
  readonly id: string
}

export interface Done {
  readonly text: string
  readonly item: Item
}

export class MessageWriter {
  readonly at: number
  readonly #id: string
  readonly #tell: Tell
  readonly #content: Content[] = []
  #type: Content['type'] | undefined
  #text = ''
  #annotations: unknown[] = []
  #logprobs: unknown[] = []
  #isAnnounced = false

  constructor({ at, id }: Place, tell: Tell) {
    this.at = at
    this.#id = id
    this.#tell = tell
  }

  start(type: Content['type']): string {
    const begun = this.#isAnnounced
      ? ''
      : this.#tell('response.output_item.added', { output_index: this.at, item: messageItem(this.#id, [], 'in_progress') })
    this.#isAnnounced = true
    const closed = this.endPart()
    this.#type = type
    return begun + closed + this.#tell('response.content_part.added', { ...this.#where, part: this.#part() })
  }

  delta(text: string): string {
    this.#text += text
    if (this.#type === 'refusal') return this.#tell('response.refusal.delta', { ...this.#where, delta: text })
    return this.#tell('response.output_text.delta', { ...this.#where, delta: text, logprobs: [] })
  }

  cite(citation: Citation): string {
    const annotation = this.#type === 'output_text' ? annotationOf(citation, this.#text) : undefined
    if (annotation === undefined) return ''
    const index = this.#annotations.push(annotation) - 1
    return this.#tell('response.output_text.annotation.added', { ...this.#where, annotation_index: index, annotation })
  }

  note(logprobs: readonly unknown[]): void {
    for (const each of logprobs) this.#logprobs.push(each)
    // They may come when the text has ended already.
    const last = this.#content.at(-1)
    if (this.#type !== undefined || last?.type !== 'output_text') return
    this.#content[this.#content.length - 1] = { ...last, logprobs: [...last.logprobs, ...this.#logprobs] }
    this.#logprobs = []
  }

  endPart(): string {
    if (this.#type === undefined) return ''
    const part = this.#part()
    const done =
      part.type === 'refusal'
        ? this.#tell('response.refusal.done', { ...this.#where, refusal: part.refusal })
        : this.#tell('response.output_text.done', { ...this.#where, text: part.text, logprobs: part.logprobs })
    const text = done + this.#tell('response.content_part.done', { ...this.#where, part })
    this.#content.push(part)
    this.#type = undefined
    this.#text = ''
    this.#annotations = []
    this.#logprobs = []
    return text
  }

  end(status: ItemStatus): Done {
    const closed = this.endPart()
    const item = messageItem(this.#id, this.#content, status)
    return { text: closed + this.#tell('response.output_item.done', { output_index: this.at, item }), item }
  }

  get #where(): Readonly<Record<string, unknown>> {
    return { item_id: this.#id, output_index: this.at, content_index: this.#content.length }
  }

  #part(): Content {
    if (this.#type === 'refusal') return { type: 'refusal', refusal: this.#text }
    return { type: 'output_text', text: this.#text, annotations: [...this.#annotations], logprobs: [...this.#logprobs] }
  }
}

export class ReasoningWriter {
  readonly at: number
  readonly #id: string
  readonly #tell: Tell
  #text = ''

  constructor({ at, id }: Place, tell: Tell) {
    this.at = at
    this.#id = id
    this.#tell = tell
  }

  start(): string {
    return this.#tell('response.output_item.added', { output_index: this.at, item: reasoningItem(this.#id, '', undefined) })
  }

  delta(text: string): string {
    const begun =
      this.#text === ''
        ? this.#tell('response.reasoning_summary_part.added', { ...this.#where, part: { type: 'summary_text', text: '' } })
        : ''
    this.#text += text
    return begun + this.#tell('response.reasoning_summary_text.delta', { ...this.#where, delta: text })
  }

  end(_status: ItemStatus, opaque: Opaque | undefined): Done {
    const text = this.#text
    const closed =
      text === ''
        ? ''
        : this.#tell('response.reasoning_summary_text.done', { ...this.#where, text }) +
          this.#tell('response.reasoning_summary_part.done', { ...this.#where, part: { type: 'summary_text', text } })
    const item = reasoningItem(this.#id, text, opaque)
    return { text: closed + this.#tell('response.output_item.done', { output_index: this.at, item }), item }
  }

  get #where(): Readonly<Record<string, unknown>> {
    return { item_id: this.#id, output_index: this.at, summary_index: 0 }
  }
}

export interface CalledTool {
  readonly id: string
  /** The provider knows custom tools too: what comes is the input itself. */
  readonly custom?: boolean
}

export class CallWriter {
  readonly at: number
  readonly #id: string
  readonly #callId: string
  readonly #tool: ToolOrigin
  readonly #tell: Tell
  readonly #unwrapper: InputUnwrapper | undefined
  readonly #events: string
  #text = ''

  constructor({ at, id }: Place, tell: Tell, called: CalledTool, tool: ToolOrigin) {
    this.at = at
    this.#id = id
    this.#callId = called.id
    this.#tell = tell
    this.#tool = called.custom === true ? { ...tool, isCustom: true } : tool
    this.#unwrapper = tool.isCustom && called.custom !== true ? new InputUnwrapper() : undefined
    this.#events = this.#tool.isCustom ? 'response.custom_tool_call_input' : 'response.function_call_arguments'
  }

  start(): string {
    return this.#tell('response.output_item.added', { output_index: this.at, item: this.#item('in_progress') })
  }

  delta(text: string): string {
    return this.#give(this.#unwrapper === undefined ? text : this.#unwrapper.take(text))
  }

  end(status: ItemStatus): Done {
    const rest = this.#give(this.#unwrapper?.end() ?? '')
    // A call without arguments has an empty object (dialects D5).
    const filled = this.#text === '' && !this.#tool.isCustom ? this.#give('{}') : ''
    const whole = this.#tool.isCustom ? { input: this.#text } : { name: this.#tool.name, arguments: this.#text }
    const done = this.#tell(`${this.#events}.done`, { ...this.#where, ...whole })
    const item = this.#item(status)
    return { text: rest + filled + done + this.#tell('response.output_item.done', { output_index: this.at, item }), item }
  }

  #give(text: string): string {
    if (text === '') return ''
    this.#text += text
    return this.#tell(`${this.#events}.delta`, { ...this.#where, delta: text })
  }

  get #where(): Readonly<Record<string, unknown>> {
    return { item_id: this.#id, output_index: this.at }
  }

  #item(status: ItemStatus): Item {
    return callItem({ id: this.#id, callId: this.#callId, tool: this.#tool, text: this.#text }, status)
  }
}
