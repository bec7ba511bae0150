/** A request as it was seen, and how it ended. */
import { readForm } from './form.ts'
import type { FormField } from './form.ts'
import type { RawRequest } from './request-reader.ts'
import { contentText, field, parseJson } from './unknown-json.ts'

/**
 * How a call ended: the whole reply was written and the connection kept; the client left first; or the simulator ended the
 * connection (a `fin` or `reset` in the script, or the simulator closed).
 */
export type CallEnd = 'answered' | 'client-closed' | 'broken'

/** One request that the simulator saw. */
export interface SeenCall {
  /** Counts from 1 over the simulator's life. */
  readonly number: number
  readonly method: string
  /** As it stood in the request line, query included. */
  readonly path: string
  /** From `authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`. */
  readonly key: string | undefined
  readonly model: string | undefined
  /** Whether the body asked for a stream. */
  readonly stream: boolean
  /** Names in lower case; a repeated header is joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** The parsed body, or undefined where it is not JSON. */
  readonly json: unknown
  /** The body's fields, where it is a form. */
  readonly form: readonly FormField[]
  /** The simulator clock's milliseconds when the whole request was there. */
  readonly at: number
  /** Which socket it came on, counted from 1. */
  readonly connection: number
  readonly ended: CallEnd | 'running'
  /** Resolves with how it ended. */
  readonly done: Promise<CallEnd>
}

/** Where and when a request arrived. */
export interface Arrival {
  readonly number: number
  readonly connection: number
  readonly at: number
}

export class Call implements SeenCall {
  readonly number: number
  readonly method: string
  readonly path: string
  readonly key: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly json: unknown
  readonly form: readonly FormField[]
  readonly at: number
  readonly connection: number
  readonly done: Promise<CallEnd>
  #ended: CallEnd | 'running' = 'running'
  readonly #resolve: (how: CallEnd) => void

  constructor(request: RawRequest, arrival: Arrival) {
    this.number = arrival.number
    this.connection = arrival.connection
    this.at = arrival.at
    this.method = request.method
    this.path = request.target
    this.rawHeaders = request.rawHeaders
    this.headers = request.headers
    this.key = keyOf(request.headers)
    this.body = request.body
    this.form = readForm(request.headers['content-type'] ?? '', request.body)
    this.json = this.form.length > 0 ? undefined : parseJson(request.body.toString())
    const { promise, resolve } = Promise.withResolvers<CallEnd>()
    this.done = promise
    this.#resolve = resolve
  }

  get model(): string | undefined {
    const model = field(this.json, 'model') ?? this.#formText('model')
    return typeof model === 'string' ? model : undefined
  }

  get stream(): boolean {
    return field(this.json, 'stream') === true || this.#formText('stream') === 'true'
  }

  #formText(name: string): string | undefined {
    return this.form.find((each) => each.name === name)?.bytes.toString()
  }

  get ended(): CallEnd | 'running' {
    return this.#ended
  }

  /** The first end counts. */
  end(how: CallEnd): void {
    if (this.#ended !== 'running') return
    this.#ended = how
    this.#resolve(how)
  }
}

/** The last user message's text, or the prompt of a text completion. */
export function promptOf(call: SeenCall): string {
  const messages = field(call.json, 'messages')
  if (!Array.isArray(messages)) return contentText(field(call.json, 'prompt'))
  const last: unknown = messages.findLast((message: unknown) => field(message, 'role') === 'user')
  return contentText(field(last, 'content'))
}

/** A rough count of the words a call sent, as its prompt tokens. */
export function promptTokens(call: SeenCall): number {
  const messages = field(call.json, 'messages')
  const texts = Array.isArray(messages) ? messages.map((message: unknown) => contentText(field(message, 'content'))) : [promptOf(call)]
  return Math.max(1, countWords(texts.join(' ')))
}

export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0
}

function keyOf(headers: Readonly<Record<string, string>>): string | undefined {
  const bearer = /^bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1]
  return bearer ?? headers['x-api-key'] ?? headers['api-key'] ?? headers['x-goog-api-key']
}
