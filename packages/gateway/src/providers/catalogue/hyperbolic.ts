/** Hyperbolic: open models. */
import { providerName } from '../../domain/names.ts'
import { chatAndComplete } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Hyperbolic. */
export const hyperbolic: Provider = {
  name: providerName('hyperbolic'),
  title: 'Hyperbolic',
  site: 'https://docs.hyperbolic.xyz/docs/rest-api',
  // Address and variable: as public code has them; the vendor’s page was not read.
  baseUrl: 'https://api.hyperbolic.xyz/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['HYPERBOLIC'],
  speaks: chatAndComplete,
  modelsPath: '/models',
}
