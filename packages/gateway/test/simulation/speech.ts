/** An answer as bytes, in a provider's dialect, every word marked with the request that it answers. */

export interface Speaking {
  readonly dialect: 'openai-chat' | 'anthropic-messages'
  readonly stream: boolean
  /** The request's number. */
  readonly mark: number
  readonly words: number
}

export interface Speech {
  readonly contentType: string
  /** Before the first content. */
  readonly head: string
  readonly content: string
  /** Says why the model stopped. */
  readonly finish: string
  readonly terminator: string
}

/** `a17w3`: the fourth word of the answer to request 17. */
export function wordsOf({ mark, words }: Speaking): string[] {
  return Array.from({ length: words }, (_, index) => `a${mark}w${index} `)
}

export function speechOf(speaking: Speaking): Speech {
  const openAi = speaking.dialect === 'openai-chat'
  if (!speaking.stream) return openAi ? wholeOpenAi(speaking) : wholeAnthropic(speaking)
  return openAi ? openAiStream(speaking) : anthropicStream(speaking)
}

/** An error told inside a stream that has begun with a 200. */
export function errorEventOf(dialect: Speaking['dialect']): string {
  if (dialect === 'openai-chat') return data({ error: { message: 'The model crashed.', type: 'server_error', code: null } })
  return event('error', { type: 'error', error: { type: 'api_error', message: 'The model crashed.' } })
}

/** A refusal's body. */
export function errorBodyOf(dialect: Speaking['dialect'], type: string, message: string): string {
  if (dialect === 'openai-chat') return JSON.stringify({ error: { message, type, param: null, code: type } })
  return JSON.stringify({ type: 'error', error: { type, message } })
}

const json = 'application/json'
const sse = 'text/event-stream'

function wholeOpenAi(speaking: Speaking): Speech {
  const message = { role: 'assistant', content: wordsOf(speaking).join('') }
  const body = {
    id: `c${speaking.mark}`,
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: speaking.words, total_tokens: 5 + speaking.words },
  }
  return { contentType: json, head: '', content: JSON.stringify(body), finish: '', terminator: '' }
}

function wholeAnthropic(speaking: Speaking): Speech {
  const body = {
    id: `m${speaking.mark}`,
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: wordsOf(speaking).join('') }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: speaking.words },
  }
  return { contentType: json, head: '', content: JSON.stringify(body), finish: '', terminator: '' }
}

function openAiStream(speaking: Speaking): Speech {
  const chunk = (delta: object, reason: string | null): string =>
    data({
      id: `c${speaking.mark}`,
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: reason }],
    })
  return {
    contentType: sse,
    head: chunk({ role: 'assistant', content: '' }, null),
    content: wordsOf(speaking)
      .map((word) => chunk({ content: word }, null))
      .join(''),
    finish: chunk({}, 'stop'),
    terminator: 'data: [DONE]\n\n',
  }
}

function anthropicStream(speaking: Speaking): Speech {
  const message = {
    id: `m${speaking.mark}`,
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
  }
  const deltas = wordsOf(speaking).map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }))
  const usage = { input_tokens: 5, output_tokens: 1 }
  return {
    contentType: sse,
    head:
      event('message_start', { type: 'message_start', message: { ...message, usage } }) +
      event('content_block_start', { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    content: deltas.map((delta) => event('content_block_delta', delta)).join(''),
    finish:
      event('content_block_stop', { type: 'content_block_stop', index: 0 }) +
      event('message_delta', {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: speaking.words },
      }),
    terminator: event('message_stop', { type: 'message_stop' }),
  }
}

function data(body: object): string {
  return `data: ${JSON.stringify(body)}\n\n`
}

function event(name: string, body: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(body)}\n\n`
}
