/** The same answer as a provider of either dialect streams it, in parts that can be left out, and what callers of either hear. */
import type { Reply, Step } from '@keywheel/simulator'
import { hear } from './hear.ts'
import { RawCall } from './raw-call.ts'
import type { RawAnswer } from './raw-call.ts'
import type { Stand } from './stand.ts'
import { until } from './until.ts'

export type Speech = 'openai' | 'anthropic'

/** Callers of each dialect in front of providers of each: the same dialect goes through, another is translated. */
export const pairs: readonly { readonly caller: Speech; readonly provider: Speech }[] = [
  { caller: 'openai', provider: 'openai' },
  { caller: 'openai', provider: 'anthropic' },
  { caller: 'anthropic', provider: 'anthropic' },
  { caller: 'anthropic', provider: 'openai' },
]

export interface Spoken {
  readonly start: string
  /** Content events, a word each. */
  words(count: number): string
  /** A tool call whose arguments are these pieces, opened and not ended. */
  call(...pieces: readonly string[]): string
  /** The end of the content and the reason to stop. */
  finish(reason: 'stop' | 'length' | 'tool'): string
  readonly terminator: string
  readonly error: string
  /** What a provider sends to say only that it lives. */
  readonly sign: string
}

const word = (index: number): string => `${index === 0 ? '' : ' '}w${index}`

/** The text of so many words. */
export function said(count: number): string {
  return Array.from({ length: count }, (_, index) => word(index)).join('')
}

function chunk(delta: object, finish: string | null = null): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
}

function event(type: string, more: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
}

function deltaOf(what: object): string {
  return event('content_block_delta', { index: 0, delta: what })
}

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null }
const overloaded = { type: 'overloaded_error', message: 'Overloaded' }

export const speeches: Readonly<Record<Speech, Spoken>> = {
  openai: {
    start: chunk({ role: 'assistant', content: '' }),
    words: (count) => Array.from({ length: count }, (_, index) => chunk({ content: word(index) })).join(''),
    call: (...pieces) =>
      chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'paint', arguments: '' } }] }) +
      pieces.map((piece) => chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] })).join(''),
    finish: (reason) => chunk({}, reason === 'tool' ? 'tool_calls' : reason),
    terminator: 'data: [DONE]\n\n',
    error: `data: ${JSON.stringify({ error: { ...overloaded, code: 'overloaded' } })}\n\n`,
    sign: ': waiting\n\n',
  },
  anthropic: {
    start: event('message_start', { message: { ...message, usage: { input_tokens: 3, output_tokens: 1 } } }),
    words: (count) =>
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      Array.from({ length: count }, (_, index) => deltaOf({ type: 'text_delta', text: word(index) })).join(''),
    call: (...pieces) =>
      event('content_block_start', { index: 0, content_block: { type: 'tool_use', id: 'toolu_1', name: 'paint', input: {} } }) +
      pieces.map((piece) => deltaOf({ type: 'input_json_delta', partial_json: piece })).join(''),
    finish: (reason) =>
      event('content_block_stop', { index: 0 }) +
      event('message_delta', {
        delta: { stop_reason: { stop: 'end_turn', length: 'max_tokens', tool: 'tool_use' }[reason], stop_sequence: null },
        usage: { output_tokens: 5 },
      }),
    terminator: event('message_stop'),
    error: event('error', { error: overloaded }),
    sign: event('ping'),
  },
}

export const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n'

/** One chunk with these bytes. */
export function chunked(bytes: string | Buffer): Buffer {
  const body = Buffer.from(bytes)
  return body.length === 0 ? body : Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
}

/** A stream of these bytes in one chunk, and how it goes on. */
export function streamed(bytes: string | Buffer, ...after: readonly Step[]): Reply {
  const steps: Step[] = [{ do: 'write', bytes: Buffer.concat([Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`), chunked(bytes)]) }]
  return { is: 'wire', steps: [...steps, ...after] }
}

/** The body ends as it should. */
export const wellEnded: readonly Step[] = [{ do: 'write', bytes: '0\r\n\r\n' }, { do: 'keep' }]

export interface HeardAnswer {
  readonly status: number
  readonly text: string
  /** The arguments of its tool call as they came. */
  readonly callText: string
  /** The dialect's own terminator came. */
  readonly done: boolean
  readonly finished: boolean
  readonly errorType: string | undefined
  /** Comments and pings. */
  readonly signs: number
  readonly provider: string | undefined
  readonly stopReason: string | undefined
}

const tools = {
  openai: [{ type: 'function', function: { name: 'paint', parameters: { type: 'object' } } }],
  anthropic: [{ name: 'paint', input_schema: { type: 'object' } }],
}

export function beginAs(stand: Stand, caller: Speech, model: string = 'chain'): RawCall {
  const body = { model, stream: true, max_tokens: 100, messages: [{ role: 'user', content: 'hello' }], tools: tools[caller] }
  return new RawCall(stand.port, { body, path: caller === 'openai' ? '/v1/chat/completions' : '/v1/messages' })
}

/** Waits for the end; pauses of no length are let pass meanwhile. */
export async function endOf(stand: Stand, call: RawCall, caller: Speech): Promise<HeardAnswer> {
  await until(() => {
    if (stand.clock.untilNext === 0) stand.clock.advance(0)
    return call.isClosed || call.soFar?.finished === true
  })
  return heardBy(caller, await call.ended())
}

export function heardBy(caller: Speech, answer: RawAnswer): HeardAnswer {
  const { status, finished, headers } = answer
  const read = caller === 'openai' ? heardByOpenAi(answer) : heardByAnthropic(answer)
  return { status, finished, provider: headers['x-keywheel-provider'], ...read }
}

type Read = Omit<HeardAnswer, 'status' | 'finished' | 'provider'>

interface OpenAiChunk {
  readonly choices?: readonly {
    readonly delta?: { readonly tool_calls?: readonly { readonly function?: { readonly arguments?: string } }[] }
    readonly finish_reason?: string | null
  }[]
}

function heardByOpenAi({ body }: RawAnswer): Read {
  const { text, done, error, comments, events } = hear(body)
  const choices = events.flatMap((each: OpenAiChunk) => each.choices ?? [])
  const calls = choices.flatMap(({ delta: piece }) => piece?.tool_calls ?? [])
  return {
    text,
    done,
    errorType: error?.type,
    signs: comments.length,
    callText: calls.map((call) => call.function?.arguments ?? '').join(''),
    stopReason: choices.map(({ finish_reason: reason }) => reason ?? undefined).findLast((reason) => reason !== undefined),
  }
}

interface AnthropicEvent {
  readonly type: string
  readonly delta?: { readonly text?: string; readonly partial_json?: string; readonly stop_reason?: string }
  readonly error?: { readonly type: string }
}

function heardByAnthropic({ body }: RawAnswer): Read {
  const lines = body.toString().split(/\r\n|\n|\r/)
  const events = lines.filter((line) => line.startsWith('data:')).map((line) => JSON.parse(line.slice(5)) as AnthropicEvent)
  return {
    text: events.map((each) => each.delta?.text ?? '').join(''),
    done: events.some(({ type }) => type === 'message_stop'),
    errorType: events.find(({ type }) => type === 'error')?.error?.type,
    signs: events.filter(({ type }) => type === 'ping').length + lines.filter((line) => line.startsWith(':')).length,
    callText: events.map((each) => each.delta?.partial_json ?? '').join(''),
    stopReason: events.map((each) => each.delta?.stop_reason).findLast((reason) => reason !== undefined),
  }
}
