/** Reads a whole OpenAI-style answer: whether it is one, and what it used. */
import type { CheckedAnswer } from '../dialect.ts'
import { isRecord, parseJson } from '../wire.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { usageFromOpenAi } from './usage.ts'

const notAnAnswer = (message: string): CheckedAnswer => ({ usage: undefined, failure: { reason: 'bad-answer', message, sent: 'yes' } })

/** `list` is the field that holds what was asked for: `choices`, or `data` for embeddings. An empty one is no answer. */
export function readOpenAiAnswer(body: Buffer, list: 'choices' | 'data'): CheckedAnswer {
  if (body.length === 0) return notAnAnswer('The provider sent an empty answer.')
  const text = body.toString()
  const json = parseJson(text)
  if (!isRecord(json)) return notAnAnswer('The provider sent an answer that is not a JSON object.')
  const items = json[list]
  if (Array.isArray(items) && items.length > 0) return { usage: usageFromOpenAi(json['usage']), failure: undefined }
  // Mistral's errors are wrapped in nothing.
  if (json['object'] === 'error' || (json['error'] !== undefined && json['error'] !== null))
    return { usage: undefined, failure: streamErrorFailure(text) }
  return notAnAnswer(`The provider sent an answer without \`${list}\`.`)
}
