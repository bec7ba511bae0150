/** Reads the answers of Ollama's chat, whole and streamed. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { Finish } from '../canonical/answer.ts'
import { collect } from '../canonical/collect.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import type { ReadAnswer, StreamReader } from '../dialect.ts'
import { readOllamaObject } from '../ollama/answer.ts'
import { LineReader } from '../ollama/line-reader.ts'
import { usageFromOllama } from '../ollama/usage.ts'
import { isRecord, textIn } from '../wire.ts'

const noMessage: Failure = { reason: 'bad-answer', message: 'The provider sent a message that is no object.', sent: 'yes' }

export function readChatAnswer(body: Buffer): ReadAnswer {
  const read = readOllamaObject(body, 'message')
  if (read.failure !== undefined) return { failure: read.failure }
  if (!isRecord(read.json['message'])) return { failure: noMessage }
  const lines = new Lines()
  lines.hear({ ...read.json, done: true })
  return { answer: collect(lines.events) }
}

export class OllamaChatReader implements StreamReader {
  readonly #lines = new Lines()
  readonly #reader = new LineReader((json) => this.#lines.hear(json))

  get dataEvents(): number {
    return this.#reader.dataEvents
  }

  get ended(): 'no' | 'done' {
    return this.#reader.done ? 'done' : 'no'
  }

  get failure(): Failure | undefined {
    return this.#reader.failure
  }

  get usage(): Usage | undefined {
    return this.#lines.usage
  }

  take(chunk: Buffer): readonly CanonicalEvent[] {
    if (this.failure !== undefined) return []
    this.#reader.take(chunk)
    return this.#told()
  }

  end(): readonly CanonicalEvent[] {
    if (this.failure !== undefined) return []
    this.#reader.end()
    return this.#told()
  }

  #told(): readonly CanonicalEvent[] {
    const events = this.#lines.events.splice(0)
    if (this.failure !== undefined) events.push({ is: 'failure', failure: this.failure })
    return events
  }
}

/** Lines to events. A block ends where another begins; a call comes in one piece. */
class Lines {
  readonly events: CanonicalEvent[] = []
  usage: Usage | undefined
  #seed: string | undefined
  #open: { readonly is: 'text' | 'reasoning'; readonly index: number } | undefined
  #blocks = 0
  #calls = 0

  hear(json: Record<string, unknown>): void {
    if (this.#seed === undefined) this.#start(json)
    const { message } = json
    if (isRecord(message)) this.#hearMessage(message)
    if (Array.isArray(json['logprobs'])) this.events.push({ is: 'logprobs', content: json['logprobs'] })
    if (json['done'] === true) this.#finish(json)
  }

  #start(json: Record<string, unknown>): void {
    const model = textIn(json['model'])
    const createdAt = secondsOf(json['created_at'])
    this.#seed = `${model ?? ''} ${String(json['created_at'])}`
    this.events.push({ is: 'answer-start', model, createdAt })
  }

  #hearMessage(message: Record<string, unknown>): void {
    this.#say('reasoning', textIn(message['thinking']))
    this.#say('text', textIn(message['content']))
    const calls: unknown = message['tool_calls']
    if (Array.isArray(calls)) for (const call of calls) if (isRecord(call)) this.#call(call)
  }

  #say(is: 'text' | 'reasoning', text: string | undefined): void {
    if (text === undefined) return
    if (this.#open?.is !== is) {
      this.#close()
      this.#open = { is, index: this.#blocks++ }
      this.events.push({ is: `${is}-start`, index: this.#open.index })
    }
    this.events.push({ is: `${is}-delta`, index: this.#open.index, text })
  }

  #close(): void {
    if (this.#open !== undefined) this.events.push({ is: `${this.#open.is}-end`, index: this.#open.index })
    this.#open = undefined
  }

  #call(call: Record<string, unknown>): void {
    const given = call['function']
    const name = isRecord(given) ? textIn(given['name']) : undefined
    if (!isRecord(given) || name === undefined) return
    this.#close()
    const index = this.#blocks++
    const id = textIn(call['id']) ?? mintToolCallId(this.#seed ?? '', this.#calls)
    this.#calls++
    this.events.push(
      { is: 'tool-call-start', index, id, name },
      { is: 'tool-call-delta', index, argumentsText: argumentsTextOf(given['arguments']) },
      { is: 'tool-call-end', index },
    )
  }

  #finish(json: Record<string, unknown>): void {
    this.#close()
    this.usage = usageFromOllama(json)
    if (this.usage !== undefined) this.events.push({ is: 'usage', usage: this.usage })
    const raw = textIn(json['done_reason'])
    this.events.push({ is: 'finish', finish: this.#finishOf(raw), raw })
  }

  /** Ollama says `stop` for calls as well. */
  #finishOf(raw: string | undefined): Finish {
    if (raw === 'length') return 'length'
    return this.#calls > 0 ? 'tool-calls' : 'stop'
  }
}

function argumentsTextOf(given: unknown): string {
  if (typeof given === 'string') return given === '' ? '{}' : given
  return isRecord(given) ? JSON.stringify(given) : '{}'
}

function secondsOf(time: unknown): number | undefined {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}
