/** DeepSeek's own API. */
import { providerName } from '../../domain/names.ts'
import { chatSpeech, messagesSpeech } from '../openai-speech.ts'
import type { KnownModel, Provider } from '../provider.ts'

// 1M context, at most 384K output, thinking by default (api-docs.deepseek.com/quick_start/pricing, 2026-11).
const v4: KnownModel = { contextTokens: 1_000_000, maxOutputTokens: 384_000, reasoning: true }

/** DeepSeek. Its text completion lies on a beta address and is left out. */
export const deepseek: Provider = {
  name: providerName('deepseek'),
  title: 'DeepSeek',
  site: 'https://api-docs.deepseek.com/',
  baseUrl: 'https://api.deepseek.com',
  auth: { kind: 'bearer' },
  keyFrom: ['DEEPSEEK'],
  // It wants to see what it thought between calls of tools, and most callers drop that. Anthropic's dialect, and where its key goes:
  // api-docs.deepseek.com/guides/anthropic_api (2026-11).
  speaks: {
    chat: [
      { ...chatSpeech, rebuilds: 'with-tools' },
      { ...messagesSpeech, base: 'https://api.deepseek.com/anthropic/v1', auth: { kind: 'header', name: 'x-api-key' } },
    ],
  },
  modelsPath: '/models',
  quirks: { thinking: 'thinking-type', efforts: ['high', 'max'], wantsReasoningBack: 'in-tool-loop' },
  // `deepseek-flash` is the present name; `deepseek-v4-flash` still works. The old `-chat` and `-reasoner` ended 2026-07-24.
  models: { 'deepseek-v4-pro': v4, 'deepseek-flash': v4, 'deepseek-v4-flash': v4 },
}
