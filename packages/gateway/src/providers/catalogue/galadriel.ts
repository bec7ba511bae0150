/** Galadriel. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Galadriel. */
export const galadriel: Provider = {
  name: providerName('galadriel'),
  title: 'Galadriel',
  site: 'https://docs.galadriel.com/',
  // Address and variable: as public code has them, some of which adds /verified; the vendor’s page was not read.
  baseUrl: 'https://api.galadriel.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['GALADRIEL'],
  speaks: chatOnly,
  modelsPath: '/models',
}
