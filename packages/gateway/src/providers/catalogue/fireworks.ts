/** Fireworks AI: open models under `accounts/fireworks/models/…`. */
import { providerName } from '../../domain/names.ts'
import { fireworksLimits } from '../limit-headers.ts'
import { chatSpeech, messagesSpeech, openaiSpeech, rerankSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Fireworks AI. */
export const fireworks: Provider = {
  name: providerName('fireworks'),
  title: 'Fireworks AI',
  site: 'https://docs.fireworks.ai/tools-sdks/openai-compatibility',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['FIREWORKS', 'FIREWORKS_AI'],
  // Images and audio are served in shapes and at addresses of their own.
  // The further dialects: docs.fireworks.ai/nexus/apis-and-sdks (2026-11).
  speaks: { ...openaiSpeech, ...rerankSpeech, chat: [chatSpeech, responsesSpeech, messagesSpeech] },
  modelsPath: '/models',
  rateLimitHeaders: fireworksLimits,
  // Context: models.dev (2026-09-07) and @pydantic/genai-prices 0.1.8. Fireworks checks max_tokens against the context only.
  models: {
    'accounts/fireworks/models/kimi-k3': { contextTokens: 1_040_000, reasoning: true },
    'accounts/fireworks/models/glm-5p3': { contextTokens: 1_048_573, reasoning: true },
    'accounts/fireworks/models/deepseek-v4-pro-0813': { reasoning: true },
    'accounts/fireworks/models/deepseek-v4-flash-0731': { reasoning: true },
    'accounts/fireworks/models/qwen3p8-max': { contextTokens: 262_144, reasoning: true },
    'accounts/fireworks/models/gpt-oss-120b': { contextTokens: 131_072, reasoning: true },
    'accounts/fireworks/models/gpt-oss-20b': { contextTokens: 131_072, reasoning: true },
  },
}
