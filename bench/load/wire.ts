/** The bytes that go over the wire: one question, one whole answer, one stream. */

/** What the gateway calls the mock's model; every other contender passes the name on. */
export const model = 'bench/mock-model'

const text = (bytes: number): string => 'The quick brown fox jumps over the lazy dog. '.repeat(Math.ceil(bytes / 45)).slice(0, bytes)

/** What every event of the stream begins with. */
const eventFrame = { id: 'chatcmpl-0123456789abcdefghijklmn', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'mock-model' }

/** A chat question of about so many bytes. */
export function question(bytes: number, stream: boolean): string {
  const frame = {
    model,
    ...(stream && { stream: true }),
    temperature: 0.7,
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: '' },
    ],
  }
  const user = { role: 'user', content: text(Math.max(0, bytes - JSON.stringify(frame).length)) }
  return JSON.stringify({ ...frame, messages: [frame.messages[0], user] })
}

/** The same question as a caller of Anthropic's dialect asks it. */
export function messagesQuestion(bytes: number, stream: boolean): string {
  const frame = { model, ...(stream && { stream: true }), max_tokens: 1000, temperature: 0.7, system: 'You are a helpful assistant.' }
  const content = text(Math.max(0, bytes - JSON.stringify(frame).length - 48))
  return JSON.stringify({ ...frame, messages: [{ role: 'user', content }] })
}

/** What every content event carries once it is translated to Anthropic's dialect. */
export const messagesMark = '"text":" token"'

const answerBody = JSON.stringify({
  id: 'chatcmpl-0123456789abcdefghijklmn',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'mock-model',
  choices: [{ index: 0, message: { role: 'assistant', content: text(230), refusal: null }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 84, completion_tokens: 52, total_tokens: 136 },
  system_fingerprint: 'fp_44709d6fcb',
})

/** A whole answer of half a kilobyte, headers included. */
export const wholeAnswer: string = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answerBody.length}\r\n\r\n${answerBody}`

/** The headers of a stream. */
export const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n'

/** One event, about as long as a provider's. */
export const chunkEvent: string = httpChunk(event({ delta: { content: ' token' }, logprobs: null, finish_reason: null }))

/** Finish reason, usage, terminator and the end of the body. */
export const streamTail: string = `${httpChunk(
  `${event({ delta: {}, logprobs: null, finish_reason: 'stop' })}${usageEvent()}data: [DONE]\n\n`,
)}0\r\n\r\n`

/** A marker that every content event carries and nothing else does; the load tool counts it. */
export const contentMark = '"content":" token"'

function event(choice: Readonly<Record<string, unknown>>): string {
  return `data: ${JSON.stringify({ ...eventFrame, choices: [{ index: 0, ...choice }] })}\n\n`
}

function usageEvent(): string {
  return `data: ${JSON.stringify({ ...eventFrame, choices: [], usage: { prompt_tokens: 84, completion_tokens: 100, total_tokens: 184 } })}\n\n`
}

function httpChunk(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n`
}
