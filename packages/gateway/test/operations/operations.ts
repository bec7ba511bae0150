/** Every operation beside chat: what a caller sends, what a provider answers, and what the row shall say. */
import type { StatusReply } from '@keywheel/simulator'
import type { ManualClock } from '@keywheel/keyring'
import type { Asked, RawAnswer, RawCall } from '../faults/raw-call.ts'
import { until } from '../faults/until.ts'

/** All 256 bytes, more than once: what is no text must arrive as it is. */
export const sound: Buffer = Buffer.from(Uint8Array.from({ length: 100_000 }, (_value, index) => (index * 7) % 256))

const boundary = '----keywheel7MA4YWxkTrZu0gW'

interface FormField {
  readonly name: string
  readonly value: string | Buffer
  readonly fileName?: string
  readonly contentType?: string
}

/** A form as browsers and SDKs write it. */
export function form(...fields: readonly FormField[]): Buffer {
  const parts = fields.flatMap(({ name, value, fileName, contentType }) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"`
    const type = contentType === undefined ? '' : `\r\nContent-Type: ${contentType}`
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}${type}\r\n\r\n`
    return [Buffer.from(head), Buffer.from(value), Buffer.from('\r\n')]
  })
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])
}

export const formHeaders: { readonly 'content-type': string } = { 'content-type': `multipart/form-data; boundary=${boundary}` }

export interface Case {
  readonly operation: string
  readonly path: string
  /** Where the provider is asked. */
  readonly asksAt: string
  /** The body for a model, byte by byte the same but for its name. */
  readonly body: (model: string) => Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly reply: StatusReply
  readonly tokens?: readonly [input: number, output: number]
}

/** Spaces as nobody's serializer writes them: the bytes must be the caller's own. */
function json(fields: string): (model: string) => Buffer {
  return (model) => Buffer.from(`{ "user" : "me",  "model":"${model}" ,${fields} }`)
}

function jsonReply(body: object): StatusReply {
  return { is: 'status', status: 200, headers: { 'content-type': 'application/json' }, body }
}

const upload = (name: string, ...more: readonly FormField[]) => {
  return (model: string): Buffer =>
    form({ name, value: sound, fileName: 'grüße.bin', contentType: 'application/x-anything' }, { name: 'model', value: model }, ...more)
}

export const cases: readonly Case[] = [
  {
    operation: 'moderate',
    path: '/v1/moderations',
    asksAt: '/v1/moderations',
    body: json('"input":"Grüße"'),
    reply: jsonReply({ id: 'modr-1', model: 'm', results: [{ flagged: false, categories: {}, category_scores: {} }] }),
  },
  {
    operation: 'image',
    path: '/v1/images/generations',
    asksAt: '/v1/images/generations',
    body: json('"prompt":"a cat","size":"1024x1024"'),
    reply: jsonReply({
      created: 1,
      data: [{ b64_json: 'aGk=' }],
      usage: { input_tokens: 8, output_tokens: 4160, total_tokens: 4168, input_tokens_details: { text_tokens: 8, image_tokens: 0 } },
    }),
    tokens: [8, 4160],
  },
  {
    operation: 'edit-image',
    path: '/v1/images/edits',
    asksAt: '/v1/images/edits',
    body: upload('image[]', { name: 'prompt', value: 'a hat' }),
    headers: formHeaders,
    reply: jsonReply({ created: 1, data: [{ b64_json: 'aGk=' }], usage: { input_tokens: 300, output_tokens: 4160, total_tokens: 4460 } }),
    tokens: [300, 4160],
  },
  {
    operation: 'speak',
    path: '/v1/audio/speech',
    asksAt: '/v1/audio/speech',
    body: json('"input":"Hello","voice":"alloy","response_format":"opus"'),
    reply: { is: 'status', status: 200, headers: { 'content-type': 'audio/opus' }, body: sound },
  },
  {
    operation: 'transcribe',
    path: '/v1/audio/transcriptions',
    asksAt: '/v1/audio/transcriptions',
    body: upload('file', { name: 'language', value: 'de' }),
    headers: formHeaders,
    reply: jsonReply({ text: 'Grüße.', usage: { type: 'tokens', input_tokens: 14, output_tokens: 45, total_tokens: 59 } }),
    tokens: [14, 45],
  },
  {
    operation: 'translate',
    path: '/v1/audio/translations',
    asksAt: '/v1/audio/translations',
    body: upload('file', { name: 'response_format', value: 'srt' }),
    headers: formHeaders,
    reply: { is: 'status', status: 200, headers: { 'content-type': 'text/plain' }, body: '1\n00:00:00,000 --> 00:00:01,000\nHello.\n' },
  },
  {
    operation: 'rerank',
    path: '/v1/rerank',
    asksAt: '/v1/rerank',
    body: json('"query":"q","documents":["a","b"],"top_n":1'),
    reply: jsonReply({ results: [{ index: 1, relevance_score: 0.9 }], usage: { total_tokens: 38 } }),
    tokens: [38, 0],
  },
  {
    operation: 'rerank',
    path: '/v2/rerank',
    asksAt: '/v1/rerank',
    body: json('"query":"q","documents":["a","b"]'),
    reply: jsonReply({ id: 'x', results: [{ index: 0, relevance_score: 0.5 }], meta: { billed_units: { search_units: 1 } } }),
  },
]

export function asked({ path, body, headers }: Case, model: string): Asked {
  return { path, body: body(model), headers: headers ?? {} }
}

/** Waits for the end of a call; pauses of no length are timers all the same, and are let pass. */
export async function hearOut(call: RawCall, clock: ManualClock): Promise<RawAnswer> {
  await until(() => {
    if (clock.untilNext === 0) clock.advance(0)
    return call.isClosed || call.soFar?.finished === true
  })
  return call.ended()
}
