/** What the tests of the Responses API share: a gateway in front of providers that speak it, played byte by byte. */
import type { TestContext } from 'node:test'
import type { Reply } from '@keywheel/simulator'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

export interface ResponsesBench extends Bench {
  /** POST responses. */
  respond(body: object, headers?: Record<string, string>): Promise<Response>
}

type ResponsesGiven = Omit<Given, 'keys' | 'yaml'> & {
  readonly dialect?: string
  readonly keys?: readonly string[]
  /** More of keywheel.yaml. */
  readonly more?: string
}

/** Provider `alpha` with these keys, which speaks the dialect; asked for as `alpha/m`. */
export async function openResponses(t: TestContext, wanted: ResponsesGiven = {}): Promise<ResponsesBench> {
  const { dialect = 'openai-responses', keys = ['a'], more = '', ...given } = wanted
  const yaml = `providers:\n  alpha: { base_url: "\${ALPHA_URL}", dialect: ${dialect}, keys: [${keys.map(keyText).join(', ')}] }\n${more}`
  const bench = await openBench(t, { yaml, ...given })
  return {
    ...bench,
    respond: (body, headers = {}) =>
      fetch(`${bench.url}/responses`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ model: 'alpha/m', input: 'Hello', ...body }),
      }),
  }
}

/** A stream as it stands, in pieces of so many bytes. */
export function streamReply(bytes: Buffer | string, size = 1000): Reply {
  const all = Buffer.from(bytes)
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n'
  const pieces: Buffer[] = []
  for (let at = 0; at < all.length; at += size) {
    const piece = all.subarray(at, at + size)
    pieces.push(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]))
  }
  return {
    is: 'wire',
    steps: [
      { do: 'write', bytes: head },
      ...pieces.map((piece) => ({ do: 'write', bytes: piece }) as const),
      { do: 'write', bytes: '0\r\n\r\n' },
      { do: 'keep' },
    ],
  }
}

export function wholeReply(response: object): Reply {
  return { is: 'status', status: 200, headers: { 'content-type': 'application/json' }, body: response }
}

/** An answer of one text, as OpenAI writes it. */
export function answerOf(id: string, text: string, more: readonly object[] = []): Record<string, unknown> {
  const message = {
    id: `msg_${id}`,
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  }
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: 7,
    status: 'completed',
    model: 'm',
    output: [...more, message],
    store: false,
    previous_response_id: null,
    usage: {
      input_tokens: 5,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 8,
    },
  }
}

/** The same answer as a stream. */
export function streamOf(id: string, text: string, more: readonly object[] = []): string {
  const response = answerOf(id, text, more)
  const at = more.length
  const place = { output_index: at, content_index: 0, item_id: `msg_${id}` }
  const events = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    ...more.map((item, index) => ({ type: 'response.output_item.done', output_index: index, item })),
    { type: 'response.output_item.added', output_index: at, item: { id: `msg_${id}`, type: 'message', role: 'assistant', content: [] } },
    { type: 'response.output_text.delta', ...place, delta: text },
    { type: 'response.output_text.done', ...place, text },
    { type: 'response.completed', response },
  ]
  return events.map((event, number) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: number })}\n\n`).join('')
}

/** What the provider was asked in its latest call. */
export function asked({ upstream }: Bench): Record<string, unknown> {
  return upstream.calls.at(-1)?.json as Record<string, unknown>
}

/** What an event says went wrong. */
export function codeIn(event: Told | undefined): unknown {
  const error = event?.response?.['error']
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

export interface Told {
  readonly type: string
  readonly sequence_number: number
  readonly response?: Record<string, unknown>
  readonly item?: Record<string, unknown>
  readonly delta?: string
}

export function eventsIn(text: string): Told[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Told)
}

/** All that came before the connection broke off. */
export async function readBroken(response: Response): Promise<{ text: string; brokenOff: boolean }> {
  const parts: Uint8Array[] = []
  try {
    for await (const part of response.body ?? []) parts.push(part as Uint8Array)
    return { text: Buffer.concat(parts).toString(), brokenOff: false }
  } catch {
    return { text: Buffer.concat(parts).toString(), brokenOff: true }
  }
}
