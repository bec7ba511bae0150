/** How OpenAI's own chat writes a request. */
import type { Quirks } from '../../domain/quirks.ts'
import { mistralStyle } from '../mistral-chat/style.ts'
import type { ChatStyle } from '../openai/chat-writing.ts'

const chatStyle: ChatStyle = {
  dialect: 'openai-chat',
  // Longer ids are a 400 `string_above_max_length`.
  toolIds: { fits: /^[A-Za-z0-9_-]{1,40}$/, longest: 40, prefix: 'call_' },
  required: 'required',
}

export function styleFor({ manner }: Quirks): ChatStyle {
  return manner === 'mistral' ? { ...mistralStyle, dialect: 'openai-chat' } : chatStyle
}
