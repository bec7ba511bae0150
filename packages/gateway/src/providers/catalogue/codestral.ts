/** Mistral’s address for code, with keys of its own. */
import { providerName } from '../../domain/names.ts'
import { mistralLimits } from '../limit-headers.ts'
import { chatSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Codestral. */
export const codestral: Provider = {
  name: providerName('codestral'),
  title: 'Codestral',
  site: 'https://docs.mistral.ai/capabilities/code_generation/',
  // Address: docs.mistral.ai; that it takes what mistral.ts takes is assumed.
  baseUrl: 'https://codestral.mistral.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['CODESTRAL'],
  speaks: {
    chat: [
      { dialect: 'mistral-chat', path: '/chat/completions' },
      { ...chatSpeech, renames: { max_completion_tokens: 'max_tokens', seed: 'random_seed' }, rebuilds: 'with-tools' },
    ],
  },
  quirks: { manner: 'mistral' },
  // As with mistral.ts: unknown fields are refused.
  rejects: ['stream_options', 'logit_bias', 'logprobs', 'top_logprobs', 'user', 'store', 'service_tier', 'verbosity'],
  models: {
    'codestral-latest': { contextTokens: 256_000 },
  },
  rateLimitHeaders: mistralLimits,
}
