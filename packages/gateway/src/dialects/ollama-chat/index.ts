/** Ollama's own chat: `POST /api/chat`. https://docs.ollama.com/api/chat */
import { checkOllamaAnswer } from '../ollama/answer.ts'
import { writeOllamaFailure, writeOllamaStreamFailure } from '../ollama/failure.ts'
import { writePassedOllama } from '../ollama/pass-through.ts'
import { sketchOllama } from '../ollama/sketch.ts'
import { OllamaTap } from '../ollama/tap.ts'
import { OllamaWriter, writeOllamaAnswer } from '../ollama/writer.ts'
import type { Dialect } from '../dialect.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { isRecord, textIn } from '../wire.ts'
import { OllamaChatReader, readChatAnswer } from './read-answer.ts'
import { readChatRequest } from './read-request.ts'
import { messageShape } from './shape.ts'
import { writeChatRequest } from './write-request.ts'

const noBytes = Buffer.alloc(0)

export const ollamaChat: Dialect = {
  name: 'ollama-chat',
  operation: 'chat',
  sketch: sketchOllama,
  writeRequest: writePassedOllama,
  readAnswer: (body) => checkOllamaAnswer(body, 'message'),
  openTap: () => new OllamaTap(hasMessageContent),
  readFailure: readProviderFailure,
  writeFailure: writeOllamaFailure,
  writeStreamFailure: writeOllamaStreamFailure,
  terminator: noBytes,
  streamType: 'application/x-ndjson',
  // Every line is read as an answer: nothing can be written that would be skipped.
  keepAlive: noBytes,
  caller: {
    readRequest: readChatRequest,
    writeAnswer: (answer, ask) => writeOllamaAnswer(answer, ask, messageShape),
    openWriter: (ask) => new OllamaWriter(ask, messageShape),
  },
  provider: {
    fetchesNoImages: true,
    writeRequest: writeChatRequest,
    readAnswer: readChatAnswer,
    openReader: () => new OllamaChatReader(),
  },
}

function hasMessageContent({ message }: Record<string, unknown>): boolean {
  if (!isRecord(message)) return false
  return textIn(message['content']) !== undefined || textIn(message['thinking']) !== undefined || Array.isArray(message['tool_calls'])
}
