/**
 * Canonical events as the events of a Messages stream, in the strict order that its readers keep state by: the message begins,
 * blocks follow one after the other with indexes without a gap, the message's end with its counts, and the stop.
 */
import type { CanonicalEvent } from '../canonical/events.ts'
import { seal } from '../canonical/opaque.ts'
import { Sequencer } from '../canonical/sequential.ts'
import type { StreamWriter, WriterAsk } from '../dialect.ts'
import { escapeSeparators } from '../wire.ts'
import type { Usage } from '../../domain/usage.ts'
import { writeCitation } from './citations.ts'
import { stopReasonOf } from './stop-reason.ts'
import { anthropicUsage } from './usage.ts'
import { callerToolId, messageId, signatureOf, writePiece } from './write-blocks.ts'

type EventOf<Name extends CanonicalEvent['is']> = Extract<CanonicalEvent, { is: Name }>

type OfText = EventOf<'text-start' | 'text-delta' | 'text-end' | 'refusal-start' | 'refusal-delta' | 'refusal-end' | 'citation'>
type OfThinking = EventOf<'reasoning-start' | 'reasoning-delta' | 'reasoning-end'>
type OfCall = EventOf<'tool-call-start' | 'tool-call-delta' | 'tool-call-end'>

/** What is open. `quiet`: thinking has begun and nothing of it has come, so that it may still turn out to be redacted. */
type Open =
  | { readonly is: 'nothing' | 'text' | 'thinking' | 'quiet' }
  | { readonly is: 'tool'; readonly custom: boolean; hasInput: boolean }

const nothing: Open = { is: 'nothing' }

export class MessagesWriter implements StreamWriter {
  readonly #ask: WriterAsk
  readonly #sequencer = new Sequencer()
  #begun = false
  #open: Open = nothing
  /** Of the open block, or of the next one. */
  #index = 0
  #usage: Usage | undefined
  #hasCalls = false
  #hasRefusal = false

  constructor(ask: WriterAsk) {
    this.#ask = ask
  }

  write(event: CanonicalEvent): string {
    let text = ''
    for (const next of this.#sequencer.take(event)) text += this.#begin(next) + this.#write(next)
    return text
  }

  /** Whatever comes first, the message begins before it. */
  #begin(event: CanonicalEvent): string {
    if (this.#begun || event.is === 'failure') return ''
    this.#begun = true
    const usage = event.is === 'answer-start' ? event.inputUsage : undefined
    const { callId, model } = this.#ask
    return told('message_start', {
      message: {
        id: messageId(callId),
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        // Most providers count the prompt at the end: the message's end then corrects these.
        usage: anthropicUsage(usage),
      },
    })
  }

  #write(event: CanonicalEvent): string {
    if (isOfText(event)) return this.#writeText(event)
    if (isOfThinking(event)) return this.#writeThinking(event)
    if (isOfCall(event)) return this.#writeCall(event)
    switch (event.is) {
      case 'block':
        return this.#piece(event)
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'finish':
        return this.#finish(event)
      case 'answer-start':
      case 'logprobs':
      case 'failure':
        return ''
    }
  }

  #writeText(event: OfText): string {
    switch (event.is) {
      case 'text-start':
      case 'refusal-start':
        return this.#startText(event)
      case 'text-delta':
      case 'refusal-delta':
        return this.#text(event.text)
      case 'citation':
        return this.#cite(event)
      case 'text-end':
      case 'refusal-end':
        return this.#stop()
    }
  }

  #writeThinking(event: OfThinking): string {
    switch (event.is) {
      case 'reasoning-start':
        this.#open = { is: 'quiet' }
        return ''
      case 'reasoning-delta':
        return this.#think(event.text)
      case 'reasoning-end':
        return this.#stopThinking(event)
    }
  }

  #writeCall(event: OfCall): string {
    switch (event.is) {
      case 'tool-call-start':
        return this.#startTool(event)
      case 'tool-call-delta':
        return this.#input(event.argumentsText)
      case 'tool-call-end':
        return this.#stopTool()
    }
  }

  #startText({ is }: EventOf<'text-start' | 'refusal-start'>): string {
    if (is === 'refusal-start') this.#hasRefusal = true
    this.#open = { is: 'text' }
    return this.#start({ type: 'text', text: '' })
  }

  #text(text: string): string {
    return text === '' ? '' : this.#delta({ type: 'text_delta', text })
  }

  #cite({ citation }: EventOf<'citation'>): string {
    const written = writeCitation(citation)
    return written === undefined || this.#open.is !== 'text' ? '' : this.#delta({ type: 'citations_delta', citation: written })
  }

  #think(text: string): string {
    if (text === '') return ''
    return this.#startThinking() + this.#delta({ type: 'thinking_delta', thinking: text })
  }

  #startThinking(): string {
    if (this.#open.is !== 'quiet') return ''
    this.#open = { is: 'thinking' }
    return this.#start({ type: 'thinking', thinking: '', signature: '' })
  }

  #stopThinking({ opaque }: EventOf<'reasoning-end'>): string {
    if (this.#open.is === 'quiet' && opaque?.redacted === true) {
      return this.#start({ type: 'redacted_thinking', data: seal(opaque) }) + this.#stop()
    }
    return this.#startThinking() + this.#delta({ type: 'signature_delta', signature: signatureOf(opaque) }) + this.#stop()
  }

  #startTool({ id, name, custom }: EventOf<'tool-call-start'>): string {
    this.#hasCalls = true
    this.#open = { is: 'tool', custom: custom === true, hasInput: false }
    return this.#start({ type: 'tool_use', id: callerToolId(id), name, input: {} })
  }

  #input(piece: string): string {
    if (piece === '' || this.#open.is !== 'tool') return ''
    const before = this.#open.custom && !this.#open.hasInput ? freeTextOpening : ''
    this.#open.hasInput = true
    return this.#json(before + (this.#open.custom ? inString(piece) : piece))
  }

  /** Readers put the input together from the deltas; the vendor sends an empty one where there is none. */
  #stopTool(): string {
    if (this.#open.is !== 'tool') return ''
    const { custom, hasInput } = this.#open
    const opening = custom && !hasInput ? freeTextOpening : ''
    if (custom) return this.#json(`${opening}"}`) + this.#stop()
    return (hasInput ? '' : this.#json('')) + this.#stop()
  }

  #json(text: string): string {
    return this.#delta({ type: 'input_json_delta', partial_json: text })
  }

  #piece({ block }: EventOf<'block'>): string {
    const written = writePiece(block)
    return written === undefined ? '' : this.#start(written) + this.#stop()
  }

  #finish({ finish, raw, stopSequence }: EventOf<'finish'>): string {
    const reason = stopReasonOf({ finish, raw, stopSequence, hasCalls: this.#hasCalls, hasRefusal: this.#hasRefusal })
    const delta = { stop_reason: reason, stop_sequence: reason === 'stop_sequence' ? stopSequence : null }
    return told('message_delta', { delta, usage: anthropicUsage(this.#usage) }) + told('message_stop', {})
  }

  #start(block: unknown): string {
    return told('content_block_start', { index: this.#index, content_block: block })
  }

  #delta(delta: unknown): string {
    return told('content_block_delta', { index: this.#index, delta })
  }

  #stop(): string {
    this.#open = nothing
    const text = told('content_block_stop', { index: this.#index })
    this.#index++
    return text
  }
}

function isOfText(event: CanonicalEvent): event is OfText {
  return event.is.startsWith('text-') || event.is.startsWith('refusal-') || event.is === 'citation'
}

function isOfThinking(event: CanonicalEvent): event is OfThinking {
  return event.is.startsWith('reasoning-')
}

function isOfCall(event: CanonicalEvent): event is OfCall {
  return event.is.startsWith('tool-call-')
}

/** Free text travels as the one text in an object; the object is written in pieces too. */
const freeTextOpening = '{"input":"'

function inString(piece: string): string {
  return JSON.stringify(piece).slice(1, -1)
}

/** Readers dispatch on the `event:` line: an event without it is not seen. */
function told(type: string, fields: object): string {
  return `event: ${type}\ndata: ${escapeSeparators(JSON.stringify({ type, ...fields }))}\n\n`
}
