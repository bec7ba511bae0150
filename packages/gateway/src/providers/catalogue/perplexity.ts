/** Perplexity: models that search the web. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Perplexity. */
export const perplexity: Provider = {
  name: providerName('perplexity'),
  title: 'Perplexity',
  site: 'https://docs.perplexity.ai/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.perplexity.ai',
  auth: { kind: 'bearer' },
  keyFrom: ['PERPLEXITY', 'PERPLEXITYAI'],
  speaks: chatOnly,
  quirks: { thinkTags: true },
  // It has no list of models. Limits: models.dev (2026-08).
  models: {
    sonar: { contextTokens: 128_000 },
    'sonar-pro': { contextTokens: 200_000 },
    'sonar-reasoning-pro': { contextTokens: 128_000, reasoning: true },
    'sonar-deep-research': { contextTokens: 128_000, reasoning: true },
  },
}
