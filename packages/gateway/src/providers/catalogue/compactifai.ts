/** CompactifAI by Multiverse Computing: compressed open models. */
import { providerName } from '../../domain/names.ts'
import { chatAndComplete } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** CompactifAI. */
export const compactifai: Provider = {
  name: providerName('compactifai'),
  title: 'CompactifAI',
  site: 'https://docs.compactif.ai/',
  // Address and variable: as public code has them; the vendor’s page was not read.
  baseUrl: 'https://api.compactif.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['COMPACTIFAI'],
  speaks: chatAndComplete,
  modelsPath: '/models',
}
