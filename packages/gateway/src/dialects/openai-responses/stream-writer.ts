/** Writes canonical events as a stream of the Responses API: every item is announced, filled and closed, in the order the API has. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { StreamWriter, WriterAsk } from '../dialect.ts'
import { eventText, failedEvent } from './failure.ts'
import { pieceItem } from './items.ts'
import type { Item } from './items.ts'
import { CallWriter, MessageWriter, ReasoningWriter } from './item-writers.ts'
import { AnswerIds, cutBy, snapshotOf } from './snapshot.ts'
import { valueOf } from './sketch.ts'
import { ToolNames } from './tool-names.ts'

type BlockEvent = Extract<CanonicalEvent, { index: number }>
type PartEvent = Extract<BlockEvent, { is: `text-${string}` | `refusal-${string}` | 'citation' }>
type ItemWriter = ReasoningWriter | CallWriter

export class ResponsesStreamWriter implements StreamWriter {
  readonly #ask: WriterAsk
  readonly #ids: AnswerIds
  readonly #names: ToolNames
  #sequence = 0
  /** Done items by their place in the answer. */
  readonly #output: (Item | undefined)[] = []
  /** Texts and refusals in a row are one message. */
  #message: MessageWriter | undefined
  readonly #open = new Map<number, ItemWriter>()
  #usage: Usage | undefined
  #hasBegun = false
  whole: Readonly<Record<string, unknown>> | undefined

  constructor(ask: WriterAsk) {
    this.#ask = ask
    this.#ids = new AnswerIds(ask.callId)
    this.#names = new ToolNames(valueOf(ask.sketch, 'tools'))
  }

  write(event: CanonicalEvent): string {
    const begin = this.#begin()
    if ('index' in event) return begin + this.#writeBlock(event)
    switch (event.is) {
      case 'logprobs':
        this.#message?.note(event.content)
        return begin
      case 'usage':
        this.#usage = event.usage
        return begin
      case 'finish':
        return begin + this.#finish(event)
      case 'answer-start':
      case 'failure':
        return begin
    }
  }

  breakOff(failure: Failure): string {
    const begin = this.#begin()
    const running = snapshotOf(this.#ask, this.#ids, { is: 'running' })
    return begin + failedEvent(failure, { ...running, output: this.#done() }, this.#sequence++)
  }

  #begin(): string {
    if (this.#hasBegun) return ''
    this.#hasBegun = true
    const response = snapshotOf(this.#ask, this.#ids, { is: 'running' })
    return this.#tell('response.created', { response }) + this.#tell('response.in_progress', { response })
  }

  #writeBlock(event: BlockEvent): string {
    if (isPartEvent(event)) return this.#writePart(event)
    switch (event.is) {
      case 'block':
        return this.#closeMessage('completed') + this.#writePiece(event)
      case 'reasoning-start':
      case 'tool-call-start':
        return this.#closeMessage('completed') + this.#start(event)
      case 'reasoning-delta':
        return this.#grow(event.index, event.text)
      case 'tool-call-delta':
        return this.#grow(event.index, event.argumentsText)
      case 'reasoning-end':
      case 'tool-call-end':
        return this.#end(event.index, event.opaque)
    }
  }

  /** Texts and refusals. */
  #writePart(event: PartEvent): string {
    if (event.is === 'text-start') return this.#messageNow().start('output_text')
    if (event.is === 'refusal-start') return this.#messageNow().start('refusal')
    const message = this.#message
    if (message === undefined) return ''
    if (event.is === 'citation') return message.cite(event.citation)
    return 'text' in event ? message.delta(event.text) : message.endPart()
  }

  #start(event: Extract<BlockEvent, { is: 'reasoning-start' | 'tool-call-start' }>): string {
    const writer = this.#writerFor(event)
    this.#open.set(event.index, writer)
    return writer.start()
  }

  #writerFor(event: Extract<BlockEvent, { is: 'reasoning-start' | 'tool-call-start' }>): ItemWriter {
    if (event.is === 'reasoning-start') return new ReasoningWriter(this.#place('rs'), this.#tell)
    const tool = this.#names.origin(event.name)
    return new CallWriter(this.#place(tool.isCustom || event.custom === true ? 'ctc' : 'fc'), this.#tell, event, tool)
  }

  #grow(index: number, text: string): string {
    return this.#open.get(index)?.delta(text) ?? ''
  }

  #end(index: number, opaque: Opaque | undefined): string {
    const writer = this.#open.get(index)
    this.#open.delete(index)
    return writer === undefined ? '' : this.#keep(writer, writer.end('completed', opaque))
  }

  /** A place in the answer, taken at once: items may be open side by side. */
  #place(kind: 'msg' | 'rs' | 'fc' | 'ctc' | 'ig'): { readonly at: number; readonly id: string } {
    const at = this.#output.push(undefined) - 1
    return { at, id: this.#ids.item(kind, at) }
  }

  #keep({ at }: { readonly at: number }, { text, item }: { readonly text: string; readonly item: Item }): string {
    this.#output[at] = item
    return text
  }

  #messageNow(): MessageWriter {
    this.#message ??= new MessageWriter(this.#place('msg'), this.#tell)
    return this.#message
  }

  #closeMessage(status: 'completed' | 'incomplete'): string {
    const message = this.#message
    this.#message = undefined
    return message === undefined ? '' : this.#keep(message, message.end(status))
  }

  #writePiece({ block }: Extract<BlockEvent, { is: 'block' }>): string {
    if (pieceItem('', block) === undefined) return ''
    const { at, id } = this.#place('ig')
    const item = pieceItem(id, block) ?? {}
    this.#output[at] = item
    const place = { output_index: at, item }
    return this.#tell('response.output_item.added', place) + this.#tell('response.output_item.done', place)
  }

  #finish({ finish }: Extract<CanonicalEvent, { is: 'finish' }>): string {
    const status = cutBy(finish) === undefined ? 'completed' : 'incomplete'
    const closed = this.#closeMessage(status)
    const response = snapshotOf(this.#ask, this.#ids, { is: 'over', finish, output: this.#done(), usage: this.#usage })
    this.whole = response
    return closed + this.#tell(`response.${status}`, { response })
  }

  #done(): readonly Item[] {
    return this.#output.filter((item) => item !== undefined)
  }

  #tell = (type: string, fields: Readonly<Record<string, unknown>>): string =>
    eventText({ type, sequence_number: this.#sequence++, ...fields })
}

function isPartEvent(event: BlockEvent): event is PartEvent {
  return event.is === 'citation' || event.is.startsWith('text-') || event.is.startsWith('refusal-')
}
