/** AI21: the Jamba models. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** AI21. */
export const ai21: Provider = {
  name: providerName('ai21'),
  title: 'AI21',
  site: 'https://docs.ai21.com/reference/jamba-1-6-api-ref',
  // Address and variable: as public code has them; the vendor’s page was not read.
  baseUrl: 'https://api.ai21.com/studio/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['AI21'],
  speaks: chatOnly,
  // It has no list of models. Limits: its own pages.
  models: {
    'jamba-large': { contextTokens: 256_000 },
    'jamba-mini': { contextTokens: 256_000 },
  },
}
