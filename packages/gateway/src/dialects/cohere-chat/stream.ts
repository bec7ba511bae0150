/** Reads a stream of Cohere's chat. A plan for tools comes first and has neither start nor end of its own. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import { ToolNames, unwrapCustomInput } from '../canonical/tool-names.ts'
import type { StreamReader } from '../dialect.ts'
import { EventReader } from '../event-reader.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, textIn } from '../wire.ts'
import { argumentsOf } from './answer.ts'
import { citationFrom } from './citations.ts'
import { finishFailure, finishOf } from './finish.ts'
import { toolNameRule } from './tools.ts'
import { usageFromCohere } from './usage.ts'

type Fields = Record<string, unknown>

/** The text or the thinking that is being told; `text` only where sources have to be found in it. */
interface Telling {
  readonly is: 'text' | 'reasoning'
  readonly index: number
  text: string
}

interface Calling {
  readonly index: number
  readonly isCustom: boolean
  /** What waits until it is whole: free text in its wrapping, or a `null` that could be all there is. */
  held: string
  hasArguments: boolean
}

export class CohereReader implements StreamReader {
  readonly #origin: Origin
  readonly #names: ToolNames
  readonly #events = new EventReader({ json: (value, name) => this.#hear(value, name), done: () => this.#close() })
  readonly #calls = new Map<number, Calling>()
  #telling: Telling | undefined
  #answerId = ''
  #blocks = 0
  #callCount = 0
  #finish: Extract<CanonicalEvent, { is: 'finish' }> | undefined
  #told: CanonicalEvent[] = []
  ended: StreamReader['ended'] = 'no'
  failure: Failure | undefined
  usage: Usage | undefined

  /** @param request what was asked, for the names of its tools. */
  constructor(origin: Origin, request?: CanonicalRequest) {
    this.#origin = origin
    this.#names = new ToolNames(request, toolNameRule)
  }

  get dataEvents(): number {
    return this.#events.dataEvents
  }

  take(chunk: Buffer): readonly CanonicalEvent[] {
    if (this.failure === undefined && this.ended !== 'done') this.#events.take(chunk)
    return this.#tell()
  }

  end(): readonly CanonicalEvent[] {
    if (this.failure === undefined && this.ended !== 'done') this.#events.end()
    if (this.ended === 'finish') this.#close()
    return this.#tell()
  }

  #tell(): readonly CanonicalEvent[] {
    if (this.#events.failure !== undefined && this.ended !== 'done') this.#fail(this.#events.failure)
    const told = this.#told
    this.#told = []
    return told
  }

  #hear(json: Fields, name: string): void {
    if (this.failure !== undefined || this.ended !== 'no') return
    const type = textIn(json['type']) ?? name
    const listener = Object.hasOwn(this.#listeners, type) ? this.#listeners[type] : undefined
    if (listener !== undefined) listener(messageIn(json), json)
    else if (type === '' && textIn(json['message']) !== undefined) this.#fail(streamErrorFailure(JSON.stringify(json)))
  }

  /** Events that are not here are of no concern to a caller. */
  readonly #listeners: Readonly<Record<string, (message: Fields, json: Fields) => void>> = {
    'message-start': (_message, json) => this.#start(textIn(json['id'])),
    'content-start': ({ content }) => this.#content(content),
    'content-delta': ({ content }) => this.#content(content),
    'content-end': () => this.#endTelling(),
    'tool-plan-delta': ({ tool_plan: plan }) => this.#say('reasoning', plan),
    'tool-call-start': ({ tool_calls: call }, json) => this.#startCall(numberOf(json), call),
    'tool-call-delta': ({ tool_calls: call }, json) => this.#argue(numberOf(json), argumentsIn(call)),
    'tool-call-end': (_message, json) => this.#endCall(numberOf(json)),
    'citation-start': ({ citations }) => this.#cite(citations),
    'message-end': (_message, json) => this.#endMessage(json['delta']),
  }

  #start(id: string | undefined): void {
    this.#answerId = id ?? ''
    this.#told.push({ is: 'answer-start', id })
  }

  #content(content: unknown): void {
    if (!isRecord(content)) return
    this.#say('reasoning', content['thinking'])
    this.#say('text', content['text'])
  }

  #say(is: Telling['is'], text: unknown): void {
    if (typeof text !== 'string' || text === '') return
    if (this.#telling?.is !== is) this.#endTelling()
    const telling = (this.#telling ??= this.#startTelling(is))
    telling.text += text
    this.#told.push({ is: `${is}-delta`, index: telling.index, text })
  }

  #startTelling(is: Telling['is']): Telling {
    for (const number of this.#calls.keys()) this.#endCall(number)
    const index = this.#blocks++
    this.#told.push({ is: `${is}-start`, index })
    return { is, index, text: '' }
  }

  #endTelling(): void {
    const telling = this.#telling
    if (telling === undefined) return
    this.#telling = undefined
    const { is, index } = telling
    // Nothing comes with the thinking that Cohere would want back.
    this.#told.push(is === 'text' ? { is: 'text-end', index } : { is: 'reasoning-end', index, opaque: { origin: this.#origin, data: '' } })
  }

  #cite(citation: unknown): void {
    if (!isRecord(citation) || this.#telling?.is !== 'text') return
    const { index, text } = this.#telling
    this.#told.push({ is: 'citation', index, citation: citationFrom(citation, text) })
  }

  #startCall(number: number, call: unknown): void {
    // Told twice, it is one call: a second would never end.
    if (!isRecord(call) || this.#calls.has(number)) return
    this.#endTelling()
    const told = isRecord(call['function']) ? call['function'] : {}
    const name = this.#names.back(textIn(told['name']) ?? '')
    const isCustom = this.#names.isCustom(name)
    const id = textIn(call['id']) ?? mintToolCallId(this.#answerId, this.#callCount)
    this.#callCount++
    const index = this.#blocks++
    this.#calls.set(number, { index, isCustom, held: '', hasArguments: false })
    this.#told.push({ is: 'tool-call-start', index, id, name, ...(isCustom && { custom: true }) })
    this.#argue(number, argumentsIn(call))
  }

  #argue(number: number, text: string): void {
    const calling = this.#calls.get(number)
    if (calling === undefined || text === '') return
    calling.held += text
    // `null` stands for no arguments, and only the next piece tells whether it is one.
    if (calling.isCustom || (!calling.hasArguments && 'null'.startsWith(calling.held.trim()))) return
    calling.hasArguments = true
    this.#told.push({ is: 'tool-call-delta', index: calling.index, argumentsText: calling.held })
    calling.held = ''
  }

  #endCall(number: number): void {
    const calling = this.#calls.get(number)
    if (calling === undefined) return
    this.#calls.delete(number)
    const { index, isCustom, held, hasArguments } = calling
    if (isCustom) this.#told.push({ is: 'tool-call-delta', index, argumentsText: unwrapCustomInput(held) })
    else if (!hasArguments) this.#told.push({ is: 'tool-call-delta', index, argumentsText: argumentsOf(held) })
    this.#told.push({ is: 'tool-call-end', index })
  }

  #endMessage(delta: unknown): void {
    const end = isRecord(delta) ? delta : {}
    const raw = textIn(end['finish_reason']) ?? ''
    const failure = finishFailure(raw, end['error'])
    if (failure !== undefined) return this.#fail(failure)
    this.#endTelling()
    for (const number of this.#calls.keys()) this.#endCall(number)
    this.usage = usageFromCohere(end['usage'])
    this.#finish = { is: 'finish', finish: finishOf(raw, this.#callCount > 0), ...(raw !== '' && { raw }) }
    this.ended = 'finish'
  }

  #close(): void {
    if (this.#finish === undefined) return
    if (this.usage !== undefined) this.#told.push({ is: 'usage', usage: this.usage })
    this.#told.push(this.#finish)
    this.#finish = undefined
    this.ended = 'done'
  }

  #fail(failure: Failure): void {
    if (this.failure !== undefined) return
    this.failure = failure
    this.#told.push({ is: 'failure', failure })
  }
}

function messageIn(json: Fields): Fields {
  const { delta } = json
  const message = isRecord(delta) ? delta['message'] : undefined
  return isRecord(message) ? message : {}
}

function numberOf({ index }: Fields): number {
  return typeof index === 'number' ? index : 0
}

function argumentsIn(call: unknown): string {
  const told = isRecord(call) ? call['function'] : undefined
  return isRecord(told) ? (textIn(told['arguments']) ?? '') : ''
}
