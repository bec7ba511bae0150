/** MiniMax. */
import { providerName } from '../../domain/names.ts'
import { chatSpeech, messagesSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** MiniMax. */
export const minimax: Provider = {
  name: providerName('minimax'),
  title: 'MiniMax',
  site: 'https://platform.minimax.io/docs/api-reference/text-openai-api',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.minimax.io/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['MINIMAX'],
  // Most of its models write their thinking into the text, between tags.
  speaks: { chat: [chatSpeech, responsesSpeech, { ...messagesSpeech, base: 'https://api.minimax.io/anthropic/v1' }] },
  modelsPath: '/models',
  quirks: { thinkTags: true, thinking: 'none', wantsReasoningBack: 'in-tool-loop' },
}
