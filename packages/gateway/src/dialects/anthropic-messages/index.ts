/** Anthropic Messages: `POST /v1/messages`. https://platform.claude.com/docs/en/api/messages */
import type { Dialect } from '../dialect.ts'
import { spliceRequest } from '../splice-request.ts'
import { readAnthropicAnswer } from './answer.ts'
import { readAnthropicFailure, writeAnthropicFailure, writeAnthropicStreamFailure } from './failure.ts'
import { readAnswer } from './read-answer.ts'
import { readRequest } from './read-request.ts'
import { MessagesReader } from './reader.ts'
import { sketchMessages } from './sketch.ts'
import { AnthropicTap } from './stream.ts'
import { writeAnswer } from './write-answer.ts'
import { writeRequest } from './write-request.ts'
import { MessagesWriter } from './writer.ts'

export const anthropicMessages: Dialect = {
  name: 'anthropic-messages',
  operation: 'chat',
  sketch: sketchMessages,
  writeRequest: spliceRequest,
  readAnswer: readAnthropicAnswer,
  openTap: () => new AnthropicTap(),
  readFailure: readAnthropicFailure,
  writeFailure: writeAnthropicFailure,
  writeStreamFailure: writeAnthropicStreamFailure,
  terminator: Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n'),
  keepAlive: Buffer.from('event: ping\ndata: {"type":"ping"}\n\n'),
  answerHeaders: (callId) => ['request-id', callId],
  caller: { readRequest, writeAnswer, openWriter: (ask) => new MessagesWriter(ask) },
  provider: {
    writeRequest,
    readAnswer: (body, origin, _target, request) => readAnswer(body, origin, request),
    openReader: (origin, _target, request) => new MessagesReader(origin, request),
  },
}
