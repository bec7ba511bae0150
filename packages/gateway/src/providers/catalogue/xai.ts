/** xAI's Grok. */
import { providerName } from '../../domain/names.ts'
import { xaiLimits } from '../limit-headers.ts'
import { chatSpeech, imageSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** xAI. */
export const xai: Provider = {
  name: providerName('xai'),
  title: 'xAI',
  site: 'https://docs.x.ai/docs',
  baseUrl: 'https://api.x.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['XAI'],
  // Images are edited too, but not as a form.
  speaks: { ...imageSpeech, chat: [chatSpeech, responsesSpeech] },
  modelsPath: '/models',
  rateLimitHeaders: xaiLimits,
  // Reasoning models, which all present ones are, take none of these (docs.x.ai, guide on reasoning).
  rejects: ['presence_penalty', 'frequency_penalty', 'stop'],
  // Context: models.dev after docs.x.ai/developers/models and @pydantic/genai-prices 0.1.8, read 2026-11; xAI names no
  // output limit. Everything up to grok-4-1 was switched off on 2026-05-15.
  models: {
    'grok-4.7': { contextTokens: 500_000, reasoning: true },
    'grok-4.6': { contextTokens: 500_000, reasoning: true },
    'grok-4.5': { contextTokens: 500_000, reasoning: true },
    'grok-4.3': { contextTokens: 1_000_000, reasoning: true },
  },
}
