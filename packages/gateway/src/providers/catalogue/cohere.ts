/** Cohere's own API, and beside it the one that speaks OpenAI's wire format. */
import { providerName } from '../../domain/names.ts'
import { cohereLimits } from '../limit-headers.ts'
import type { Provider, Speech } from '../provider.ts'
import { manners } from '../speeches.ts'

/** https://docs.cohere.com/docs/compatibility-api */
const compatible = 'https://api.cohere.com/compatibility/v1'
const chat: Speech = { dialect: 'openai-chat', base: compatible, path: '/chat/completions' }
const embed: Speech = { dialect: 'openai-embeddings', base: compatible, path: '/embeddings' }

const { auth, speaks } = manners['cohere-chat']

/** Cohere. */
export const cohere: Provider = {
  name: providerName('cohere'),
  title: 'Cohere',
  site: 'https://docs.cohere.com/reference/chat',
  baseUrl: 'https://api.cohere.com/v2',
  auth,
  keyFrom: ['COHERE', 'CO'],
  speaks: { ...speaks, chat: [...speaks.chat, chat], embed: [...(speaks.embed ?? []), embed] },
  // The list is still the older version's.
  modelsPath: '/../v1/models?page_size=1000',
  rateLimitHeaders: cohereLimits,
  // Limits: docs.cohere.com/docs/models, read 2026-11.
  models: {
    'command-a-plus-05-2026': { reasoning: true },
    'command-a-reasoning-08-2025': { contextTokens: 256_000, maxOutputTokens: 32_000, reasoning: true },
    'command-a-03-2025': { contextTokens: 256_000, maxOutputTokens: 8000 },
    'command-r-plus-08-2024': { contextTokens: 128_000, maxOutputTokens: 4000 },
    'command-r7b-12-2024': { contextTokens: 128_000, maxOutputTokens: 4000 },
    'embed-v4.0': { contextTokens: 128_000 },
  },
}
