/** Canonical events as the chunks of a chat stream. */
import type { CanonicalEvent } from '../canonical/events.ts'
import { dataUrl } from '../canonical/data-url.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { StreamWriter, WriterAsk } from '../dialect.ts'
import type { Usage } from '../../domain/usage.ts'
import { chatUsage } from '../openai/write-usage.ts'
import { escapeSeparators } from '../wire.ts'
import { annotationsOf, detailOf, extraContent, finishOf, logprobsOf, mannersOf } from './write-parts.ts'
import type { Fields, Manners } from './write-parts.ts'

type EventOf<Is extends CanonicalEvent['is']> = Extract<CanonicalEvent, { is: Is }>
type Kind = 'text' | 'reasoning' | 'tool-call' | 'refusal'
type BlockEvent<Of extends Kind> = EventOf<`${Of}-${'start' | 'delta' | 'end'}`>

interface Call {
  /** In the message's list of calls: dense, whatever blocks stand between them (dialects D1). */
  readonly place: number
  readonly custom: boolean
  hasArguments: boolean
}

/** Thinking as far as it was told; one block after the other. */
interface Thought {
  readonly place: number
  text: string
  /** It has no signature, and whether its details must be told depends on what follows. */
  isPlain: boolean
}

export class ChatStreamWriter implements StreamWriter {
  readonly #ask: WriterAsk
  readonly #manners: Manners
  readonly #calls = new Map<number, Call>()
  #head: Fields
  #hasBegun = false
  #thought: Thought | undefined
  #thoughts = 0
  /** Details tell all of the thinking or none of it. */
  #tellsDetails = false
  /** Characters of text so far, and where the current block began. */
  #textLength = 0
  #blockStart = 0
  #usage: Usage | undefined

  constructor(ask: WriterAsk) {
    this.#ask = ask
    this.#manners = mannersOf(ask)
    this.#head = headOf(ask, {})
  }

  write(event: CanonicalEvent): string {
    if (event.is === 'answer-start') {
      this.#head = headOf(this.#ask, event)
      return this.#begin()
    }
    const said = this.#say(event)
    return said === '' ? '' : this.#begin() + said
  }

  #say(event: Exclude<CanonicalEvent, { is: 'answer-start' }>): string {
    if ('index' in event) return this.#sayOfBlock(event)
    switch (event.is) {
      case 'logprobs':
        return this.#chunk([{ index: 0, delta: {}, logprobs: logprobsOf(event.content), finish_reason: null }])
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'finish':
        return this.#finish(event)
      case 'failure':
        return ''
    }
  }

  #sayOfBlock(event: Extract<CanonicalEvent, { index: number }>): string {
    if (isOf(event, 'text')) return this.#sayText(event)
    if (isOf(event, 'reasoning')) return this.#manners.hidesReasoning ? '' : this.#sayThought(event)
    if (isOf(event, 'tool-call')) return this.#sayCall(event)
    if (isOf(event, 'refusal')) return event.is === 'refusal-delta' ? this.#delta({ refusal: event.text }) : ''
    return event.is === 'citation' ? this.#cite(event) : this.#sayBlock(event)
  }

  /** The role comes first, once. */
  #begin(): string {
    if (this.#hasBegun) return ''
    this.#hasBegun = true
    return this.#delta({ role: 'assistant', content: '' })
  }

  #sayText(event: BlockEvent<'text'>): string {
    if (event.is === 'text-start') this.#blockStart = this.#textLength
    if (event.is === 'text-end') return event.opaque === undefined ? '' : this.#delta({ content: '', ...extraContent(event.opaque) })
    if (event.is !== 'text-delta') return ''
    this.#textLength += event.text.length
    return this.#delta({ content: event.text })
  }

  #cite({ citation }: EventOf<'citation'>): string {
    const annotations = annotationsOf([citation], this.#blockStart)
    return annotations.length === 0 ? '' : this.#delta({ annotations })
  }

  /** What only another vendor's dialect can hold is not shown. */
  #sayBlock({ block }: EventOf<'block'>): string {
    return block.is === 'opaque' ? '' : this.#delta({ images: [{ type: 'image_url', image_url: { url: dataUrl(block.source) } }] })
  }

  #sayThought(event: BlockEvent<'reasoning'>): string {
    if (event.is === 'reasoning-start') {
      const before = this.#thought
      this.#thought = { place: this.#thoughts++, text: '', isPlain: false }
      // Without a detail of its own it could not be told from the thought that begins here.
      if (before === undefined || !before.isPlain) return ''
      return this.#detail(before, undefined)
    }
    const thought = this.#thought
    if (thought === undefined) return ''
    if (event.is === 'reasoning-delta') {
      thought.text += event.text
      return this.#delta({ reasoning_content: event.text })
    }
    thought.isPlain = event.opaque === undefined && !this.#tellsDetails
    return thought.isPlain ? '' : this.#detail(thought, event.opaque)
  }

  #detail({ text, place }: Thought, opaque: Opaque | undefined): string {
    this.#tellsDetails = true
    return this.#delta({ reasoning_details: [detailOf(text, opaque, place)] })
  }

  #sayCall(event: BlockEvent<'tool-call'>): string {
    if (event.is === 'tool-call-start') return this.#startCall(event)
    const call = this.#calls.get(event.index)
    if (call === undefined) return ''
    if (event.is === 'tool-call-delta') {
      call.hasArguments = true
      return this.#callDelta(call, { [call.custom ? 'input' : 'arguments']: event.argumentsText })
    }
    const missing = call.hasArguments || call.custom ? '' : this.#callDelta(call, { arguments: '{}' })
    if (event.opaque === undefined || this.#manners.legacy) return missing
    return missing + this.#callDelta(call, { [call.custom ? 'input' : 'arguments']: '' }, extraContent(event.opaque))
  }

  #startCall({ index, id, name, custom = false }: EventOf<'tool-call-start'>): string {
    const call: Call = { place: this.#calls.size, custom, hasArguments: false }
    this.#calls.set(index, call)
    return this.#callDelta(call, { name, [custom ? 'input' : 'arguments']: '' }, { id, type: custom ? 'custom' : 'function' })
  }

  /** A caller of the old kind has room for one call; it was asked for no more. */
  #callDelta({ place, custom }: Call, called: Fields, more: Fields = {}): string {
    if (this.#manners.legacy) return place === 0 ? this.#delta({ function_call: called }) : ''
    return this.#delta({ tool_calls: [{ index: place, ...more, [custom ? 'custom' : 'function']: called }] })
  }

  #finish({ finish }: EventOf<'finish'>): string {
    const last = this.#chunk([{ index: 0, delta: {}, finish_reason: finishOf(finish, this.#manners) }])
    const usage = this.#ask.sketch.wantsUsage && this.#usage !== undefined ? this.#chunk([], { usage: chatUsage(this.#usage) }) : ''
    return `${last}${usage}data: [DONE]\n\n`
  }

  #delta(delta: Fields): string {
    return this.#chunk([{ index: 0, delta, finish_reason: null }])
  }

  #chunk(choices: readonly Fields[], more: Fields = {}): string {
    return `data: ${escapeSeparators(JSON.stringify({ ...this.#head, choices, ...more }))}\n\n`
  }
}

function headOf(
  { callId, createdAt, model }: WriterAsk,
  about: { readonly id?: string | undefined; readonly createdAt?: number | undefined },
): Fields {
  return { id: about.id ?? `chatcmpl-${callId}`, object: 'chat.completion.chunk', created: about.createdAt ?? createdAt, model }
}

function isOf<Of extends Kind>(event: CanonicalEvent, kind: Of): event is BlockEvent<Of> {
  return event.is.startsWith(`${kind}-`)
}
