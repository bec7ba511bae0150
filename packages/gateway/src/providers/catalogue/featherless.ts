/** Featherless: any open model of Hugging Face. */
import { providerName } from '../../domain/names.ts'
import { chatAndComplete } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Featherless. */
export const featherless: Provider = {
  name: providerName('featherless'),
  title: 'Featherless',
  site: 'https://featherless.ai/docs/overview',
  // Address and variable: as public code has them; the vendor’s page was not read.
  baseUrl: 'https://api.featherless.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['FEATHERLESS'],
  speaks: chatAndComplete,
  modelsPath: '/models',
}
