/** Answers of the OpenAI family's chat, read into canonical events: whole or in chunks, by one and the same way. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import { collect } from '../canonical/collect.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { ToolNames } from '../canonical/tool-names.ts'
import type { ReadAnswer } from '../dialect.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { toolNameRule } from './chat-tools.ts'
import { ChatBlocks } from './chat-blocks.ts'
import { annotationsIn, sourcesIn } from './chat-citations.ts'
import { piecesOf } from './chat-delta.ts'
import type { Piece } from './chat-delta.ts'
import { finishFailure, readFinish } from './chat-finish.ts'
import { signatureIn } from './chat-tool-calls.ts'
import { ThinkTags } from './think-tags.ts'
import { usageFromOpenAi } from './usage.ts'

export interface ChatReading {
  /** What opaque values are marked with. */
  readonly origin: Origin
  /** `<think>` tags at the beginning of the text are thinking. */
  readonly thinkTags?: boolean | undefined
  /** What was asked; names had to be changed on the way there. */
  readonly request?: CanonicalRequest | undefined
}

export class ChatAnswerReader {
  readonly #origin: Origin
  readonly #blocks: ChatBlocks
  readonly #tags: ThinkTags | undefined
  #told: CanonicalEvent[] = []
  #started = false
  /** What ids are made from where the provider gives none. */
  #seed = ''
  #finish: string | undefined
  usage: Usage | undefined
  failure: Failure | undefined

  constructor({ origin, thinkTags, request }: ChatReading) {
    this.#origin = origin
    this.#tags = thinkTags === true ? new ThinkTags() : undefined
    this.#blocks = new ChatBlocks({
      origin,
      tell: (event) => this.#told.push(event),
      seed: () => this.#seed,
      names: new ToolNames(request, toolNameRule),
    })
  }

  /** The model has said why it stopped. More may follow: usage, an error, the same again. */
  get hasFinished(): boolean {
    return this.#finish !== undefined
  }

  /** What was read since the last time. */
  drain(): readonly CanonicalEvent[] {
    const told = this.#told
    if (told.length > 0) this.#told = []
    return told
  }

  /** One event of a stream, or the body of a whole answer. */
  hear(json: Record<string, unknown>, form: 'chunk' | 'whole'): void {
    if (this.failure !== undefined) return
    const choice = firstChoice(json['choices'])
    this.usage = usageIn(json, choice) ?? this.usage
    const error = json['error'] ?? choice?.['error'] ?? (json['object'] === 'error' ? json : undefined)
    if (isTruthy(error)) return this.fail(streamErrorFailure(JSON.stringify({ error })))
    for (const citation of sourcesIn(json, this.#origin.dialect)) this.#blocks.cite(citation)
    // Azure begins with a chunk that has no choices and empty names.
    if (choice === undefined) return
    this.#start(json)
    this.#hearChoice(choice, form)
  }

  fail(failure: Failure): void {
    if (this.failure !== undefined) return
    this.failure = failure
    this.#told.push({ is: 'failure', failure })
  }

  /** The provider has said all. Without a reason to stop only where it has said at least something. */
  end(): void {
    if (this.failure !== undefined || (this.#finish === undefined && !this.#blocks.any)) return
    this.#flushTags()
    this.#blocks.end()
    if (this.usage !== undefined) this.#told.push({ is: 'usage', usage: this.usage })
    this.#told.push({ is: 'finish', finish: readFinish(this.#finish, this.#blocks.calls.any), raw: this.#finish })
  }

  #start(json: Record<string, unknown>): void {
    if (this.#started) return
    this.#started = true
    const { created } = json
    const [id, model] = [textIn(json['id']), textIn(json['model'])]
    const createdAt = typeof created === 'number' && created > 0 ? created : undefined
    this.#seed = `${id ?? ''} ${createdAt ?? ''}`
    this.#told.push({ is: 'answer-start', id, model, createdAt })
  }

  #hearChoice(choice: Record<string, unknown>, form: 'chunk' | 'whole'): void {
    const said = form === 'whole' ? (choice['message'] ?? choice['delta']) : (choice['delta'] ?? choice['message'])
    // Azure: a choice that was filtered away has no message at all.
    if (isRecord(said)) this.#hearMessage(said, form)
    const { logprobs } = choice
    const content = isRecord(logprobs) ? logprobs['content'] : undefined
    if (Array.isArray(content) && content.length > 0) this.#told.push({ is: 'logprobs', content })
    const finish = textIn(choice['finish_reason'])
    if (finish === undefined) return
    this.#finish = finish
    const failure = finishFailure(finish)
    if (failure !== undefined) this.fail(failure)
  }

  #hearMessage(said: Record<string, unknown>, form: 'chunk' | 'whole'): void {
    for (const piece of piecesOf(said)) this.#put(piece)
    this.#blocks.signature = signatureIn(said) ?? this.#blocks.signature
    for (const citation of annotationsIn(said['annotations'], this.#origin.dialect)) this.#blocks.cite(citation)
    const calls = callsIn(said)
    if (calls.length > 0) this.#flushTags()
    for (const [place, call] of calls.entries()) this.#blocks.calls.hear(call, form === 'whole' ? place : undefined)
  }

  #flushTags(): void {
    for (const piece of this.#tags?.end() ?? []) this.#blocks.put(piece)
  }

  #put(piece: Piece): void {
    if (piece.is !== 'text' || this.#tags === undefined) return this.#blocks.put(piece)
    for (const each of this.#tags.take(piece.text)) this.#blocks.put(each)
  }
}

/** @param body of a whole answer. */
export function readChatAnswer(body: Buffer, reading: ChatReading): ReadAnswer {
  const text = body.toString()
  const json = parseJson(text)
  if (Array.isArray(json)) return { failure: streamErrorFailure(text) }
  if (!isRecord(json)) return { failure: badAnswer('The provider sent an answer that is not a JSON object.') }
  const reader = new ChatAnswerReader(reading)
  reader.hear(json, 'whole')
  if (reader.failure !== undefined) return { failure: reader.failure }
  if (firstChoice(json['choices']) === undefined) return { failure: badAnswer('The provider sent an answer without `choices`.') }
  reader.end()
  const events = reader.drain()
  return events.some(({ is }) => is === 'finish') ? { answer: collect(events) } : { answer: { ...collect(events), finish: 'other' } }
}

function badAnswer(message: string): Failure {
  return { reason: 'bad-answer', message, sent: 'yes' }
}

/** Where several answers were asked for, the first is told: it alone is part of what was translated. */
function firstChoice(choices: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(choices)) return undefined
  return choices.filter(isRecord).find(({ index }) => index === undefined || index === 0)
}

/** A function call of the old kind is a tool call without an id. */
function callsIn({ tool_calls: calls, function_call: legacy }: Record<string, unknown>): readonly Record<string, unknown>[] {
  if (Array.isArray(calls)) return calls.filter(isRecord)
  return isRecord(legacy) ? [{ index: 0, function: legacy }] : []
}

/** Usage rides anywhere, also on an error: a failed stream still costs. Groq and Moonshot have places of their own for it. */
function usageIn(json: Record<string, unknown>, choice: Record<string, unknown> | undefined): Usage | undefined {
  const own = json['x_groq']
  return usageFromOpenAi(json['usage'] ?? (isRecord(own) ? own['usage'] : undefined) ?? choice?.['usage'])
}

function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 0
}
