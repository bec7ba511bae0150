/** A caller on node:http: tells whether a body was complete, and leaves no socket behind. */
import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The last chunk, or as many bytes as were announced, did come. */
  readonly complete: boolean
  /** From sending to the first bytes of the body, and to its end. */
  readonly firstMs: number
  readonly tookMs: number
}

export interface Sent {
  /** The first bytes of the body are there. */
  readonly begun: Promise<void>
  /** Never rejects: a connection that failed before any answer has status 0. */
  readonly heard: Promise<Heard>
  /** Cuts the connection. */
  leave(): void
}

export interface Caller {
  send(path: string, body?: object, headers?: Readonly<Record<string, string>>): Sent
  /** A chat call, heard to its end. */
  chat(body: object): Promise<Heard>
  close(): void
}

/** One connection pool of its own; `origin` such as `http://127.0.0.1:8000`. */
export function openCaller(origin: string, own: Readonly<Record<string, string>> = {}): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 10_000 })
  const send: Caller['send'] = (path, body, headers = {}) =>
    startSending({ url: `${origin}${path}`, agent, body, headers: { ...own, ...headers } })
  return { send, chat: (body) => send('/v1/chat/completions', body).heard, close: () => agent.destroy() }
}

interface Sending {
  readonly url: string
  readonly agent: Agent
  readonly body: object | undefined
  readonly headers: Readonly<Record<string, string>>
}

function startSending({ url, agent, body, headers }: Sending): Sent {
  const startedAt = performance.now()
  const begun = Promise.withResolvers<void>()
  const heard = Promise.withResolvers<Heard>()
  const method = body === undefined ? 'GET' : 'POST'
  const asked = request(url, { method, agent, headers: { 'content-type': 'application/json', ...headers } }, (response) =>
    listen({ response, startedAt, begun: begun.resolve, heard: heard.resolve }),
  )
  asked.on('error', () => {
    begun.resolve()
    heard.resolve({ status: 0, headers: {}, body: '', complete: false, firstMs: 0, tookMs: 0 })
  })
  asked.end(body === undefined ? undefined : JSON.stringify(body))
  return { begun: begun.promise, heard: heard.promise, leave: () => void asked.destroy() }
}

interface Listening {
  readonly response: IncomingMessage
  readonly startedAt: number
  readonly begun: () => void
  readonly heard: (heard: Heard) => void
}

function listen({ response, startedAt, begun, heard }: Listening): void {
  let body = ''
  let firstMs = 0
  response.setEncoding('utf8')
  response.on('data', (text: string) => {
    if (body === '') firstMs = performance.now() - startedAt
    body += text
    begun()
  })
  response.on('error', () => undefined)
  response.once('close', () => {
    begun()
    const { statusCode: status = 0, headers, complete } = response
    heard({ status, headers, body, complete, firstMs, tookMs: performance.now() - startedAt })
  })
}

/** What an answer says, whole or streamed, and whether it said that it was at its end. */
export interface Said {
  readonly text: string
  /** Ids of the answer; more than one would mean that two answers were mixed. */
  readonly ids: readonly string[]
  readonly finished: boolean
}

export function saidIn({ headers, body }: Heard): Said {
  return String(headers['content-type']).startsWith('text/event-stream') ? saidInStream(body) : saidInWhole(body)
}

interface Chunk {
  readonly id: string
  readonly choices: readonly {
    readonly delta?: { readonly content?: string }
    readonly message?: { readonly content?: string }
    readonly finish_reason?: string | null
  }[]
}

function saidInWhole(body: string): Said {
  const answer = JSON.parse(body) as Chunk
  const [choice] = answer.choices
  return { text: choice?.message?.content ?? '', ids: [answer.id], finished: choice?.finish_reason === 'stop' }
}

function saidInStream(body: string): Said {
  const events = body.split('\n\n').filter((event) => event.startsWith('data: '))
  const chunks = events.filter((event) => event !== 'data: [DONE]').map((event) => JSON.parse(event.slice(6)) as Chunk)
  const done = events.filter((event) => event === 'data: [DONE]').length
  const finishes = chunks.filter((chunk) => chunk.choices.some((choice) => choice.finish_reason === 'stop')).length
  return {
    text: chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? '').join(''),
    ids: [...new Set(chunks.map(({ id }) => id))],
    finished: done === 1 && finishes === 1 && body.endsWith('data: [DONE]\n\n'),
  }
}

/** A chat call's body with one question. */
export function question(prompt: string, more: Readonly<Record<string, unknown>> = {}): object {
  return { model: 'alpha/m', messages: [{ role: 'user', content: prompt }], ...more }
}
