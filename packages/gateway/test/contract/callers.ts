/** How each dialect's callers ask, and what they make of what they get. */
import type { CanonicalAnswer } from '../../src/dialects/canonical/answer.ts'
import { until } from '../faults/until.ts'
import { fileOf, readStream, readWhole } from './stand.ts'
import type { CallerDialect, ContractBench } from './stand.ts'

export interface Heard {
  readonly status: number
  readonly body: Buffer
  /** The connection ended as an unfinished answer does. */
  readonly brokenOff: boolean
  readonly headers: Headers
}

export interface CallerKind {
  path(model: string, stream: boolean): string
  /** Headers beside the key and the content type. */
  readonly headers: Readonly<Record<string, string>>
  /** The body's own changes for a model and a stream. */
  body(request: Record<string, unknown>, model: string, stream: boolean): Record<string, unknown>
  read(heard: Heard, stream: boolean): CanonicalAnswer
  /** Where an error's message is, in a whole answer. */
  errorMessage(json: Record<string, unknown>): unknown
  /** What an error inside a stream looks like. */
  readonly streamError: RegExp
}

const bodyWithModel: CallerKind['body'] = (request, model, stream) => ({ ...request, model, stream })

function messageIn(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
}

function reading(dialect: CallerDialect): CallerKind['read'] {
  return ({ body }, stream) => (stream ? readStream(dialect, body).answer : readWhole(dialect, body))
}

export const callers: Readonly<Record<CallerDialect, CallerKind>> = {
  'openai-chat': {
    path: () => '/v1/chat/completions',
    headers: {},
    body: (request, model, stream) => ({ ...request, model, stream, ...(stream && { stream_options: { include_usage: true } }) }),
    read: reading('openai-chat'),
    errorMessage: ({ error }) => messageIn(error),
    streamError: /^data: \{"error":\{"message":"[^\n]+\n\n$/m,
  },
  'openai-responses': {
    path: () => '/v1/responses',
    headers: {},
    body: (request, model, stream) => ({ store: false, ...request, model, stream }),
    read: reading('openai-responses'),
    errorMessage: ({ error }) => messageIn(error),
    streamError: /^data: \{"type":"response\.failed"[^\n]+\n\n$/m,
  },
  'anthropic-messages': {
    path: () => '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: bodyWithModel,
    read: reading('anthropic-messages'),
    errorMessage: ({ error }) => messageIn(error),
    streamError: /^event: error\ndata: \{"type":"error","error":\{"type":"\w+","message":"[^\n]+\n\n$/m,
  },
  'gemini-generate': {
    path: (model, stream) => `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers: {},
    body: (request) => request,
    read: reading('gemini-generate'),
    errorMessage: ({ error }) => messageIn(error),
    streamError: /^data: \{"error":\{"code":\d+,"message":"[^\n]+\n\n$/m,
  },
  'ollama-chat': {
    path: () => '/api/chat',
    headers: {},
    body: bodyWithModel,
    read: reading('ollama-chat'),
    errorMessage: ({ error }) => error,
    streamError: /^\{"error":"[^\n]+\n$/m,
  },
  kobold: {
    path: (_model, stream) => (stream ? '/api/extra/generate/stream' : '/api/v1/generate'),
    headers: {},
    body: (request) => request,
    read: readKobold,
    errorMessage: ({ detail }) => (typeof detail === 'object' && detail !== null && 'msg' in detail ? detail.msg : undefined),
    // Nothing that its regular expression could take for a token: the connection breaks off.
    streamError: /\n\n$/,
  },
}

/** Kobold Lite's own regular expression over a growing buffer. */
function readKobold({ body }: Heard, stream: boolean): CanonicalAnswer {
  if (!stream) {
    const { results } = JSON.parse(body.toString()) as { results: [{ text: string; finish_reason: string }] }
    return answerOf(results[0].text, results[0].finish_reason)
  }
  let rest = body.toString()
  let text = ''
  let reason = ''
  for (;;) {
    const found = /^event: (.*)\ndata: (.*)(\r?\n){2}/m.exec(rest)
    if (found === null) return answerOf(text, reason)
    const { token, finish_reason } = JSON.parse(found[2] ?? '') as { token: string; finish_reason: string | null }
    text += token
    reason = finish_reason ?? reason
    rest = rest.slice(found.index + found[0].length)
  }
}

function answerOf(text: string, reason: string): CanonicalAnswer {
  return { blocks: text === '' ? [] : [{ is: 'text', text }], finish: reason === 'length' ? 'length' : 'stop' }
}

export interface Asking {
  readonly caller: CallerDialect
  /** Name of the caller's request file. */
  readonly request: string
  readonly stream: boolean
}

/** Asks and reads to the end, whatever the end is. */
export async function ask(bench: ContractBench, asking: Asking): Promise<Heard> {
  let heard: Heard | undefined
  const answered = hearOut(bench, asking).then((result) => (heard = result))
  // Pauses before a repeat are drawn as zero, and are timers all the same.
  await until(() => {
    if (bench.clock.untilNext === 0) bench.clock.advance(0)
    return heard !== undefined
  })
  return answered
}

async function hearOut(bench: ContractBench, { caller, request, stream }: Asking): Promise<Heard> {
  const kind = callers[caller]
  const model = 'probe'
  const given = JSON.parse(fileOf(caller, `requests/${request}.json`).toString()) as Record<string, unknown>
  const response = await fetch(bench.origin + kind.path(model, stream), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...kind.headers },
    body: JSON.stringify(kind.body(given, model, stream)),
  })
  const parts: Uint8Array[] = []
  let brokenOff = false
  try {
    for await (const part of response.body ?? []) parts.push(part as Uint8Array)
  } catch {
    brokenOff = true
  }
  return { status: response.status, body: Buffer.concat(parts), brokenOff, headers: response.headers }
}
