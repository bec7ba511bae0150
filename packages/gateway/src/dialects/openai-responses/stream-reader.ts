/**
 * Reads a provider's stream of the Responses API. Items are told apart by their place in the answer and never by their ids, which
 * one provider changes with every event (dialects ID5).
 */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { StreamReader } from '../dialect.ts'
import { EventReader } from '../event-reader.ts'
import { usageFromOpenAi } from '../openai/usage.ts'
import { isRecord, textIn } from '../wire.ts'
import { BlockTeller } from './block-teller.ts'
import { eventFailure, failing, terminal } from './failure.ts'
import { aboutOf, finishOf } from './read-answer.ts'

type Wire = Record<string, unknown>

export class ResponsesReader implements StreamReader {
  readonly #events: EventReader
  readonly #teller: BlockTeller
  #out: CanonicalEvent[] = []
  #hasBegun = false
  #failure: Failure | undefined
  ended: 'no' | 'finish' | 'done' = 'no'
  usage: Usage | undefined

  constructor(origin: Origin) {
    this.#teller = new BlockTeller(origin, (event) => void this.#out.push(event))
    this.#events = new EventReader({
      json: (event, name) => this.#hear(event, textIn(event['type']) ?? name),
      done: () => undefined,
    })
  }

  get dataEvents(): number {
    return this.#events.dataEvents
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
    return this.ended !== 'no' || this.failure !== undefined
  }

  #collect(): readonly CanonicalEvent[] {
    const told = this.#out
    this.#out = []
    const { failure } = this.#events
    if (failure !== undefined) told.push({ is: 'failure', failure })
    return told
  }

  #hear(event: Wire, type: string): void {
    // Whatever follows the end or an error, such as a second word on the same failure, is not told.
    if (this.ended !== 'no' || this.#failure !== undefined) return
    const response = isRecord(event['response']) ? event['response'] : undefined
    if (failing.has(type)) return this.#fail(event)
    this.#begin(response)
    if (terminal.has(type)) this.#finish(response ?? {})
    else this.#teller.hear(event, type)
  }

  #begin(response: Wire | undefined): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#out.push({ is: 'answer-start', ...(response !== undefined && aboutOf(response)) })
  }

  #fail(event: Wire): void {
    this.#failure = eventFailure(event)
    this.usage = usageIn(event['response']) ?? this.usage
    this.#out.push({ is: 'failure', failure: this.#failure })
  }

  #finish(response: Wire): void {
    this.#teller.conclude(Array.isArray(response['output']) ? response['output'] : [])
    this.usage = usageIn(response)
    if (this.usage !== undefined) this.#out.push({ is: 'usage', usage: this.usage })
    const { finish, rawFinish } = finishOf(response, this.#teller.hasCalls ? [{ is: 'tool-call' }] : [])
    this.#out.push({ is: 'finish', finish, raw: rawFinish })
    this.ended = 'done'
  }
}

function usageIn(response: unknown): Usage | undefined {
  return isRecord(response) ? usageFromOpenAi(response['usage']) : undefined
}
