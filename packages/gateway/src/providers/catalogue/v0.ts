/** v0 by Vercel: models for making web pages. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** v0. */
export const v0: Provider = {
  name: providerName('v0'),
  title: 'v0',
  site: 'https://v0.app/docs/api/model',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.v0.dev/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['V0'],
  speaks: chatOnly,
  // Its list is not documented. Limits: models.dev (2026-08).
  models: {
    'v0-1.5-md': { contextTokens: 128_000, maxOutputTokens: 32_000, reasoning: true },
    'v0-1.5-lg': { contextTokens: 512_000, maxOutputTokens: 32_000, reasoning: true },
  },
}
