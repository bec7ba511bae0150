/** Together AI: open models. Its model list is a bare array. */
import { providerName } from '../../domain/names.ts'
import { togetherLimits } from '../limit-headers.ts'
import { audioSpeech, imageSpeech, openaiSpeech, rerankSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Together AI. */
export const together: Provider = {
  name: providerName('together'),
  title: 'Together AI',
  site: 'https://docs.together.ai/docs/inference/openai-compatibility',
  baseUrl: 'https://api.together.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['TOGETHER', 'TOGETHERAI', 'TOGETHER_AI'],
  speaks: { ...openaiSpeech, ...audioSpeech, ...imageSpeech, ...rerankSpeech },
  modelsPath: '/models',
  rateLimitHeaders: togetherLimits,
  quirks: { reasoningField: 'reasoning' },
  // Limits: models.dev after GET api.together.xyz/v1/models (2026-09-23).
  models: {
    'moonshotai/Kimi-K3': { contextTokens: 1_048_576, reasoning: true },
    'zai-org/GLM-5.3': { contextTokens: 1_048_575, maxOutputTokens: 262_144, reasoning: true },
    'deepseek-ai/DeepSeek-V4-Pro-0813': { reasoning: true },
    'deepseek-ai/DeepSeek-V4.1-Flash': { reasoning: true },
    'meta-llama/Llama-3.3-70B-Instruct-Turbo': { contextTokens: 131_072 },
  },
}
