/** OpenAI Chat Completions: `POST /v1/chat/completions`. https://platform.openai.com/docs/api-reference/chat */
import type { Dialect } from '../dialect.ts'
import { readOpenAiAnswer } from '../openai/answer.ts'
import { readChatAnswer } from '../openai/chat-answer.ts'
import { writeChatRequest } from '../openai/chat-body.ts'
import { ChatStreamReader } from '../openai/chat-reader.ts'
import { writeOpenAiFailure, writeOpenAiStreamFailure } from '../openai/failure.ts'
import { writeOpenAiRequest } from '../openai/request.ts'
import { OpenAiTap } from '../openai/stream.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { isRecord, textIn } from '../wire.ts'
import { readChatRequest } from './read-request.ts'
import { sketchChat } from './sketch.ts'
import { ChatStreamWriter } from './stream-writer.ts'
import { styleFor } from './style.ts'
import { writeChatAnswer } from './write-answer.ts'

export const openAiChat: Dialect = {
  name: 'openai-chat',
  operation: 'chat',
  sketch: sketchChat,
  writeRequest: writeOpenAiRequest,
  readAnswer: (body) => readOpenAiAnswer(body, 'choices'),
  openTap: (sketch) => new OpenAiTap(hasChatContent, !sketch.wantsUsage),
  readFailure: readProviderFailure,
  writeFailure: writeOpenAiFailure,
  writeStreamFailure: writeOpenAiStreamFailure,
  terminator: Buffer.from('data: [DONE]\n\n'),
  caller: {
    readRequest: readChatRequest,
    writeAnswer: writeChatAnswer,
    openWriter: (ask) => new ChatStreamWriter(ask),
  },
  provider: {
    writeRequest: (request, target) => writeChatRequest(request, target, styleFor(target.quirks)),
    readAnswer: (body, origin, { quirks }, request) => readChatAnswer(body, { origin, thinkTags: quirks.thinkTags, request }),
    openReader: (origin, { quirks }, request) => new ChatStreamReader({ origin, thinkTags: quirks.thinkTags, request }),
  },
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
