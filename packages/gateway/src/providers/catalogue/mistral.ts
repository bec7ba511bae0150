/** Mistral AI's own API, which refuses every field that it does not know. */
import { providerName } from '../../domain/names.ts'
import { mistralLimits } from '../limit-headers.ts'
import { chatAndEmbed, chatSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Mistral AI. */
export const mistral: Provider = {
  name: providerName('mistral'),
  title: 'Mistral AI',
  site: 'https://docs.mistral.ai/api',
  baseUrl: 'https://api.mistral.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['MISTRAL'],
  // Its own dialect is OpenAI's but for the ids of tool calls, the order of roles and some names; callers of OpenAI's whose
  // requests have none of that go through.
  speaks: {
    ...chatAndEmbed,
    chat: [
      { dialect: 'mistral-chat', path: '/chat/completions' },
      { ...chatSpeech, renames: { max_completion_tokens: 'max_tokens', seed: 'random_seed' }, rebuilds: 'with-tools' },
    ],
  },
  modelsPath: '/models',
  rateLimitHeaders: mistralLimits,
  quirks: { manner: 'mistral' },
  // Unknown fields are a 422 "extra_forbidden", `stream_options.include_usage` among them (openai-agents-python issue 442);
  // usage comes in the last event anyway. The rest are fields of OpenAI's that docs.mistral.ai/api does not list.
  rejects: ['stream_options', 'logit_bias', 'logprobs', 'top_logprobs', 'user', 'store', 'service_tier', 'verbosity'],
  // Limits: models.dev after docs.mistral.ai, read 2026-11.
  models: {
    'mistral-large-latest': { contextTokens: 262_144 },
    'mistral-medium-latest': { contextTokens: 262_144, maxOutputTokens: 262_144, reasoning: true },
    'mistral-small-latest': { contextTokens: 256_000, maxOutputTokens: 256_000, reasoning: true },
    'codestral-latest': { contextTokens: 256_000 },
    'ministral-8b-latest': { contextTokens: 262_144 },
    'mistral-embed': { contextTokens: 8192 },
  },
}
