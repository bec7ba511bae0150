/** Poe: many vendors’ models for one subscription. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Poe. */
export const poe: Provider = {
  name: providerName('poe'),
  title: 'Poe',
  site: 'https://creator.poe.com/docs/external-applications/openai-compatible-api',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.poe.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['POE'],
  speaks: chatOnly,
  modelsPath: '/models',
  keyTest: 'none',
}
