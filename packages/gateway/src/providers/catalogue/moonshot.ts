/** Moonshot AI: the Kimi models. */
import { providerName } from '../../domain/names.ts'
import { moonshotLimits } from '../limit-headers.ts'
import { chatSpeech, messagesSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Moonshot AI. */
export const moonshot: Provider = {
  name: providerName('moonshot'),
  title: 'Moonshot AI',
  site: 'https://platform.kimi.ai/docs/api/overview',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.moonshot.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['MOONSHOT', 'MOONSHOTAI', 'KIMI'],
  // Kimi thinks between calls of tools and wants to see again what it thought.
  speaks: {
    chat: [{ ...chatSpeech, rebuilds: 'with-tools' }, responsesSpeech, { ...messagesSpeech, base: 'https://api.moonshot.ai/anthropic/v1' }],
  },
  modelsPath: '/models',
  rateLimitHeaders: moonshotLimits,
  quirks: { thinking: 'thinking-type', wantsReasoningBack: 'in-tool-loop', takes: ['prompt_cache_key'] },
}
