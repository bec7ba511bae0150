/** Cerebras: few open models, very fast. */
import { providerName } from '../../domain/names.ts'
import { cerebrasLimits } from '../limit-headers.ts'
import { chatAndComplete } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Cerebras. */
export const cerebras: Provider = {
  name: providerName('cerebras'),
  title: 'Cerebras',
  site: 'https://inference-docs.cerebras.ai/resources/openai',
  baseUrl: 'https://api.cerebras.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['CEREBRAS'],
  speaks: chatAndComplete,
  modelsPath: '/models',
  rateLimitHeaders: cerebrasLimits,
  quirks: { maxTokensField: 'max_completion_tokens', reasoningField: 'reasoning' },
  // Answered with a 400 (after its page on OpenAI compatibility, as the req_llm guide repeats it).
  rejects: ['frequency_penalty', 'logit_bias', 'presence_penalty'],
  // Shared inference has these two (2026-10). The free tier's smaller context is taken, as the key does not tell the tier;
  // limits of qwen: models.dev after api.cerebras.ai/public/v1/models.
  models: {
    'gpt-oss-120b': { contextTokens: 65_536, reasoning: true },
    'qwen-3.8-27b': { contextTokens: 65_536, maxOutputTokens: 32_768, reasoning: true },
  },
}
