/** An Anthropic server's stream, read into canonical events. Blocks come one after the other; what is not known is kept or passed over. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import type { StreamReader } from '../dialect.ts'
import { EventReader } from '../event-reader.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, textIn } from '../wire.ts'
import { OpenBlock } from './open-block.ts'
import type { BlockNotes } from './open-block.ts'
import { finishFrom } from './stop-reason.ts'
import { begunTwice } from './stream.ts'
import { anthropicNames } from './tool-names.ts'
import { AnthropicUsage } from './usage.ts'

type Fields = Readonly<Record<string, unknown>>

export class MessagesReader implements StreamReader {
  readonly #events: EventReader
  readonly #counts = new AnthropicUsage()
  readonly #notes: BlockNotes
  #out: CanonicalEvent[] = []
  /** By the provider's own index; more than one only where a server breaks the order. */
  readonly #open = new Map<unknown, OpenBlock>()
  #nextIndex = 0
  #begun = false
  #messageId: string | undefined
  #hasCalls = false
  #stopReason: string | undefined
  #stopSequence: string | undefined
  #failure: Failure | undefined
  dataEvents = 0
  pings = 0
  ended: StreamReader['ended'] = 'no'

  constructor(origin: Origin, request?: CanonicalRequest) {
    this.#notes = { origin, names: anthropicNames(request), takeIndex: () => this.#nextIndex++ }
    this.#events = new EventReader({ json: (value, name) => this.#hear(value, name), done: () => undefined })
  }

  get usage(): Usage | undefined {
    return this.#counts.usage
  }

  get failure(): Failure | undefined {
    return this.#failure ?? this.#events.failure
  }

  take(chunk: Buffer): readonly CanonicalEvent[] {
    if (this.#isOver) return []
    this.#events.take(chunk)
    return this.#collect()
  }

  end(): readonly CanonicalEvent[] {
    if (this.#isOver) return []
    this.#events.end()
    return this.#collect()
  }

  get #isOver(): boolean {
    return this.ended === 'done' || this.failure !== undefined
  }

  #collect(): readonly CanonicalEvent[] {
    const events = this.#out
    this.#out = []
    const { failure } = this
    if (failure !== undefined) events.push({ is: 'failure', failure })
    return events
  }

  /** The JSON says what kind of event it is; where it does not, the `event:` line may. */
  #hear(value: Fields, name: string): void {
    if (this.#isOver) return
    const type = textIn(value['type']) ?? name
    if (type === 'ping') {
      this.pings++
      return
    }
    this.dataEvents++
    switch (type) {
      case 'message_start':
        return this.#start(value['message'])
      case 'content_block_start':
        return this.#openBlock(value)
      case 'content_block_delta':
        return this.#delta(value)
      case 'content_block_stop':
        return this.#closeBlock(value['index'])
      case 'message_delta':
        return this.#noteStop(value)
      case 'message_stop':
        this.#finish()
        this.ended = 'done'
        return
      default:
        this.#hearOther(value)
    }
  }

  #hearOther(value: Fields): void {
    const { type, error } = value
    if (type === 'error' || (error !== undefined && error !== null)) this.#failure = streamErrorFailure(JSON.stringify(value))
  }

  /** A second beginning of the same message says nothing new; a new message must not be put together with what has come of the first. */
  #start(message: unknown): void {
    const about = isRecord(message) ? message : {}
    const id = textIn(about['id'])
    if (this.#begun && id !== this.#messageId && (this.#nextIndex > 0 || this.#open.size > 0)) {
      this.#failure = begunTwice
      return
    }
    this.#counts.hear(about['usage'])
    if (this.#begun) return
    this.#begun = true
    this.#messageId = id
    this.#out.push({ is: 'answer-start', id, model: textIn(about['model']), inputUsage: this.#counts.usage })
  }

  #openBlock({ index, content_block: block }: Fields): void {
    this.#closeBlock(index)
    if (isRecord(block)) this.#open.set(index, new OpenBlock(block, this.#notes, this.#out))
  }

  /** A delta of a block that nobody has opened opens it by what it is. */
  #delta({ index, delta }: Fields): void {
    if (!isRecord(delta)) return
    const open = this.#open.get(index)
    if (open !== undefined) return open.hear(delta, this.#out)
    const type = typeOfDelta[textIn(delta['type']) ?? '']
    if (type === undefined) return
    const block = new OpenBlock({ type }, this.#notes, this.#out)
    this.#open.set(index, block)
    block.hear(delta, this.#out)
  }

  #closeBlock(index: unknown): void {
    const open = this.#open.get(index)
    if (open === undefined) return
    this.#open.delete(index)
    open.close(this.#out)
    if (open.isCall) this.#hasCalls = true
  }

  #noteStop({ delta, usage }: Fields): void {
    this.#counts.hear(usage)
    if (!isRecord(delta)) return
    const reason = textIn(delta['stop_reason'])
    if (reason === undefined) return
    // It is no end: that is said by `message_stop`, and by nothing else (F39).
    this.#stopReason = reason
    this.#stopSequence = textIn(delta['stop_sequence'])
  }

  #finish(): void {
    for (const index of this.#open.keys()) this.#closeBlock(index)
    const { usage } = this
    if (usage !== undefined) this.#out.push({ is: 'usage', usage })
    const raw = this.#stopReason
    this.#out.push({ is: 'finish', finish: finishFrom(raw, this.#hasCalls), raw, stopSequence: this.#stopSequence })
  }
}

const typeOfDelta: Readonly<Record<string, string>> = { text_delta: 'text', thinking_delta: 'thinking', signature_delta: 'thinking' }
