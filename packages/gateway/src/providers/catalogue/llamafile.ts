/** llamafile on the own machine: a model and its server in one file. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** llamafile. */
export const llamafile: Provider = {
  name: providerName('llamafile'),
  title: 'llamafile',
  site: 'https://github.com/mozilla-ai/llamafile',
  // Port and path as remembered; not checked.
  baseUrl: 'http://127.0.0.1:8080/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['LLAMAFILE'],
  keyless: true,
  speaks: openaiSpeech,
  modelsPath: '/models',
}
