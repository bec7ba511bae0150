/** A stream for a caller of Gemini: each object is an answer that goes on where the last one ended. Calls come in one piece, whole. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { Block, Citation } from '../canonical/blocks.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Opaque } from '../canonical/opaque.ts'
import { Sequencer } from '../canonical/sequential.ts'
import type { StreamWriter, WriterAsk } from '../dialect.ts'
import { escapeSeparators } from '../wire.ts'
import { callPart, partsOf, showsThinking, signingPart } from './answer-parts.ts'
import type { Part } from './answer-parts.ts'
import { streamErrorText } from './failure.ts'
import { finishTo } from './finish.ts'
import { groundingOf } from './grounding.ts'
import { logprobsTo } from './logprobs.ts'
import { isArrayStream } from './sketch.ts'
import { usageToGemini } from './usage.ts'
import { noText } from './write-answer.ts'

interface GrowingCall {
  readonly id: string
  readonly name: string
  readonly custom: boolean
  argumentsText: string
}

interface GrowingText {
  text: string
  readonly citations: Citation[]
}

type OfText = Extract<CanonicalEvent, { is: `text-${string}` | `refusal-${string}` | 'citation' }>
type OfThinking = Extract<CanonicalEvent, { is: `reasoning-${string}` }>
type OfCall = Extract<CanonicalEvent, { is: `tool-call-${string}` }>

export class GeminiWriter implements StreamWriter {
  readonly #ask: WriterAsk
  readonly #asArray: boolean
  readonly #sequencer = new Sequencer()
  readonly #texts = new Map<number, GrowingText>()
  readonly #opaque: Block[] = []
  #call: GrowingCall | undefined
  /** Thinking that the caller did not ask for waits for its end: only then is known whether it must come back. */
  #thought = ''
  #usage: Usage | undefined
  #about: { readonly modelVersion: string; readonly responseId: string }
  #hasBegun = false

  constructor(ask: WriterAsk) {
    this.#ask = ask
    this.#asArray = isArrayStream(ask.sketch)
    this.#about = { modelVersion: ask.model, responseId: ask.callId }
  }

  write(event: CanonicalEvent): string {
    return this.#sequencer
      .take(event)
      .map((each) => this.#tell(each))
      .join('')
  }

  breakOff(failure: Failure): string {
    const text = streamErrorText(failure)
    if (!this.#asArray) return `data: ${text}\n\n`
    return `${this.#hasBegun ? ',\r\n' : '['}${text}\n]`
  }

  #tell(event: CanonicalEvent): string {
    if (isOfText(event)) return this.#tellText(event)
    if (isOfThinking(event)) return this.#tellThinking(event)
    if (isOfCall(event)) return this.#tellCall(event)
    switch (event.is) {
      case 'answer-start':
        return this.#begin(event)
      case 'block':
        return this.#piece(event.block)
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'logprobs':
        return this.#object({ logprobsResult: logprobsTo(event.content) })
      case 'finish':
        return this.#finish(event)
      case 'failure':
        return ''
    }
  }

  #begin({ id, model }: Extract<CanonicalEvent, { is: 'answer-start' }>): string {
    const { modelVersion, responseId } = this.#about
    this.#about = { modelVersion: model ?? modelVersion, responseId: id ?? responseId }
    return ''
  }

  #piece(block: Block): string {
    if (block.is === 'opaque') this.#opaque.push(block)
    return this.#parts(partsOf(block, this.#ask.request))
  }

  #tellText(event: OfText): string {
    switch (event.is) {
      case 'text-start':
        this.#texts.set(event.index, { text: '', citations: [] })
        return ''
      case 'text-delta':
        return this.#say(event.index, event.text)
      case 'refusal-delta':
        return this.#parts([{ text: event.text }])
      case 'citation':
        this.#texts.get(event.index)?.citations.push(event.citation)
        return ''
      case 'text-end':
        return event.opaque === undefined ? '' : this.#parts([signingPart(event.opaque)])
      case 'refusal-start':
      case 'refusal-end':
        return ''
    }
  }

  #tellThinking(event: OfThinking): string {
    switch (event.is) {
      case 'reasoning-start':
        return ''
      case 'reasoning-delta':
        return this.#think(event.text)
      case 'reasoning-end':
        return this.#endThought(event.opaque)
    }
  }

  #tellCall(event: OfCall): string {
    switch (event.is) {
      case 'tool-call-start':
        this.#call = { id: event.id, name: event.name, custom: event.custom === true, argumentsText: '' }
        return ''
      case 'tool-call-delta':
        if (this.#call !== undefined) this.#call.argumentsText += event.argumentsText
        return ''
      case 'tool-call-end':
        return this.#endCall(event.opaque)
    }
  }

  #endCall(opaque: Opaque | undefined): string {
    const call = this.#call
    this.#call = undefined
    return call === undefined ? '' : this.#parts([callPart({ ...call, ...(opaque !== undefined && { opaque }) })])
  }

  #say(index: number, text: string): string {
    const growing = this.#texts.get(index)
    if (growing !== undefined) growing.text += text
    return this.#parts([{ text }])
  }

  #think(text: string): string {
    if (showsThinking(this.#ask.request, undefined)) return this.#parts([{ text, thought: true }])
    this.#thought += text
    return ''
  }

  #endThought(opaque: Opaque | undefined): string {
    const waited = this.#thought
    this.#thought = ''
    if (!showsThinking(this.#ask.request, opaque)) return ''
    const parts = [...(waited === '' ? [] : [{ text: waited, thought: true }]), ...(opaque === undefined ? [] : [signingPart(opaque)])]
    return this.#parts(parts)
  }

  #finish({ finish, raw }: Extract<CanonicalEvent, { is: 'finish' }>): string {
    const groundingMetadata = groundingOf([...this.#texts.values()], this.#opaque)
    const last = this.#object({
      content: { parts: noText, role: 'model' },
      finishReason: finishTo(finish, raw),
      index: 0,
      ...(groundingMetadata !== undefined && { groundingMetadata }),
    })
    return this.#asArray ? `${last}\n]` : last
  }

  #parts(parts: readonly Part[]): string {
    return parts.length === 0 ? '' : this.#object({ content: { parts, role: 'model' }, index: 0 })
  }

  #object(candidate: Readonly<Record<string, unknown>>): string {
    const usage = this.#usage === undefined ? {} : { usageMetadata: usageToGemini(this.#usage) }
    const json = escapeSeparators(JSON.stringify({ candidates: [candidate], ...usage, ...this.#about }))
    const before = this.#hasBegun ? ',\r\n' : '['
    this.#hasBegun = true
    return this.#asArray ? before + json : `data: ${json}\n\n`
  }
}

function isOfText(event: CanonicalEvent): event is OfText {
  return event.is === 'citation' || event.is.startsWith('text-') || event.is.startsWith('refusal-')
}

function isOfThinking(event: CanonicalEvent): event is OfThinking {
  return event.is.startsWith('reasoning-')
}

function isOfCall(event: CanonicalEvent): event is OfCall {
  return event.is.startsWith('tool-call-')
}
