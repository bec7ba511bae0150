/** Counting a prompt's tokens: `POST /v1/messages/count_tokens`. https://platform.claude.com/docs/en/api/messages-count-tokens */
import { notAnAnswer } from '../anthropic-messages/answer.ts'
import { readAnthropicFailure, writeAnthropicFailure, writeAnthropicStreamFailure } from '../anthropic-messages/failure.ts'
import { sketchCount } from '../anthropic-messages/sketch.ts'
import type { CheckedAnswer, Dialect } from '../dialect.ts'
import { spliceRequest } from '../splice-request.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'

export const anthropicCount: Dialect = {
  name: 'anthropic-count',
  operation: 'count',
  sketch: sketchCount,
  writeRequest: (sketch, changes) => spliceRequest(sketch, { ...changes, defaults: {} }),
  readAnswer: readCount,
  readFailure: readAnthropicFailure,
  writeFailure: writeAnthropicFailure,
  writeStreamFailure: writeAnthropicStreamFailure,
  terminator: Buffer.alloc(0),
  answerHeaders: (callId) => ['request-id', callId],
}

/** Counting uses nothing up. */
function readCount(body: Buffer): CheckedAnswer {
  const text = body.toString()
  const json = parseJson(text)
  if (isRecord(json) && typeof json['input_tokens'] === 'number') return { usage: undefined, failure: undefined }
  if (isRecord(json) && json['error'] !== undefined) return { usage: undefined, failure: streamErrorFailure(text) }
  return { usage: undefined, failure: notAnAnswer('The provider sent no count of tokens.') }
}
