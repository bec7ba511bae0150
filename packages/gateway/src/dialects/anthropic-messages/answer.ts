/** Looks at a whole answer that passes through: whether it is one, and what it used. */
import type { Failure } from '../../domain/failure.ts'
import type { CheckedAnswer } from '../dialect.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'
import { usageFromAnthropic } from './usage.ts'

export type Message = Record<string, unknown> & { readonly content: readonly unknown[] }

/** The message in a body, or why there is none. A message without content is one all the same: the model had nothing to say. */
export function messageIn(body: Buffer): { readonly message: Message; readonly failure?: undefined } | { readonly failure: Failure } {
  if (body.length === 0) return { failure: notAnAnswer('The provider sent an empty answer.') }
  const text = body.toString()
  const json = parseJson(text)
  if (!isRecord(json)) return { failure: notAnAnswer('The provider sent an answer that is not a JSON object.') }
  if (hasContent(json)) return { message: json }
  const { type, error } = json
  if (type === 'error' || (error !== undefined && error !== null)) return { failure: streamErrorFailure(text) }
  return { failure: notAnAnswer('The provider sent an answer without `content`.') }
}

function hasContent(json: Record<string, unknown>): json is Message {
  return Array.isArray(json['content'])
}

export function readAnthropicAnswer(body: Buffer): CheckedAnswer {
  const read = messageIn(body)
  if (read.failure !== undefined) return { usage: undefined, failure: read.failure }
  return { usage: usageFromAnthropic(read.message['usage']), failure: undefined }
}

export function notAnAnswer(message: string): Failure {
  return { reason: 'bad-answer', message, sent: 'yes' }
}
