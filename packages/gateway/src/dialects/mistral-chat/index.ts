/** Mistral's chat, as its providers speak it: OpenAI's with rules of its own. https://docs.mistral.ai/api/endpoint/chat */
import type { Dialect } from '../dialect.ts'
import { readChatAnswer } from '../openai/chat-answer.ts'
import { writeChatRequest } from '../openai/chat-body.ts'
import { ChatStreamReader } from '../openai/chat-reader.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { providerOnly } from '../provider-only.ts'
import { mistralStyle } from './style.ts'

export const mistralChat: Dialect = providerOnly({
  name: 'mistral-chat',
  operation: 'chat',
  readFailure: readProviderFailure,
  provider: {
    writeRequest: (request, target) => writeChatRequest(request, target, mistralStyle),
    readAnswer: (body, origin, { quirks }, request) => readChatAnswer(body, { origin, thinkTags: quirks.thinkTags, request }),
    openReader: (origin, { quirks }, request) => new ChatStreamReader({ origin, thinkTags: quirks.thinkTags, request }),
  },
})
