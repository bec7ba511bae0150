/** Lemonade on the own machine, for processors and chips of AMD. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Lemonade. */
export const lemonade: Provider = {
  name: providerName('lemonade'),
  title: 'Lemonade',
  site: 'https://lemonade-server.ai/docs/server/server_spec/',
  // Port and path as remembered; not checked.
  baseUrl: 'http://127.0.0.1:8000/api/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['LEMONADE'],
  keyless: true,
  // Newer versions listen on another port: set LEMONADE_API_BASE.
  speaks: openaiSpeech,
  modelsPath: '/models',
}
