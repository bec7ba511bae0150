/** Anthropic's own API. */
import { providerName } from '../../domain/names.ts'
import { anthropicLimits } from '../limit-headers.ts'
import type { KnownModel, Provider } from '../provider.ts'
import { manners } from '../speeches.ts'

// Limits: platform.claude.com/docs/en/models/overview and the pages of the single models, read 2026-11. What a model takes and
// refuses follows from its name: dialects/anthropic-messages/traits.ts.
const million: KnownModel = { contextTokens: 1_000_000, maxOutputTokens: 128_000, reasoning: true }
const smaller: KnownModel = { contextTokens: 200_000, maxOutputTokens: 64_000, reasoning: true }

const { auth, speaks } = manners['anthropic-messages']

/** Anthropic. */
export const anthropic: Provider = {
  name: providerName('anthropic'),
  title: 'Anthropic',
  site: 'https://platform.claude.com/docs/en/api/overview',
  baseUrl: 'https://api.anthropic.com/v1',
  auth,
  keyFrom: ['ANTHROPIC'],
  speaks,
  modelsPath: '/models?limit=1000',
  rateLimitHeaders: anthropicLimits,
  models: {
    'claude-fable-5-2': million,
    'claude-fable-5-1': million,
    'claude-fable-5': million,
    'claude-opus-5-5': million,
    'claude-opus-5': million,
    'claude-opus-4-8': million,
    'claude-opus-4-7': million,
    'claude-opus-4-6': million,
    'claude-sonnet-5-5': million,
    'claude-sonnet-5': million,
    'claude-sonnet-4-6': million,
    'claude-haiku-5-5': million,
    'claude-haiku-4-5': smaller,
    'claude-haiku-4-5-20251001': smaller,
    'claude-sonnet-4-5': smaller,
    'claude-sonnet-4-5-20250929': smaller,
    'claude-opus-4-5': smaller,
    'claude-opus-4-5-20251101': smaller,
  },
}
