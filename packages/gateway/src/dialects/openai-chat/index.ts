/** OpenAI Chat Completions: `POST /v1/chat/completions`. https://platform.openai.com/docs/api-reference/chat */
import type { Dialect } from '../dialect.ts'
import { readOpenAiAnswer } from '../openai/answer.ts'
import { writeOpenAiFailure, writeOpenAiStreamFailure } from '../openai/failure.ts'
import { writeOpenAiRequest } from '../openai/request.ts'
import { sketchOpenAi } from '../openai/sketch.ts'
import { OpenAiTap } from '../openai/stream.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { isRecord, textIn } from '../wire.ts'

export const openAiChat: Dialect = {
  name: 'openai-chat',
  operation: 'chat',
  sketch: sketchOpenAi,
  writeRequest: writeOpenAiRequest,
  readAnswer: (body) => readOpenAiAnswer(body, 'choices'),
  openTap: (sketch) => new OpenAiTap(hasChatContent, !sketch.wantsUsage),
  readFailure: readProviderFailure,
  writeFailure: writeOpenAiFailure,
  writeStreamFailure: writeOpenAiStreamFailure,
  terminator: Buffer.from('data: [DONE]\n\n'),
}

/** Fields of a delta that are not content by themselves: the role that opens every stream. */
const silentFields = new Set(['role'])

/** Anything in the delta but the role: text, reasoning under any of its names, tool calls, a refusal, audio; or the finish. */
function hasChatContent(choice: Record<string, unknown>): boolean {
  if (textIn(choice['finish_reason']) !== undefined) return true
  const delta = choice['delta']
  if (!isRecord(delta)) return false
  return Object.entries(delta).some(([field, value]) => !silentFields.has(field) && isFilled(value))
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  if (Array.isArray(value)) return value.length > 0
  return typeof value === 'object' && value !== null
}
