/** Clarifai: models under their own addresses, which are their names. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Clarifai. */
export const clarifai: Provider = {
  name: providerName('clarifai'),
  title: 'Clarifai',
  site: 'https://docs.clarifai.com/compute/inference/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.clarifai.com/v2/ext/openai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['CLARIFAI'],
  keyNames: ['CLARIFAI_PAT'],
  speaks: chatOnly,
  modelsPath: '/models',
}
