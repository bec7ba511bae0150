/** Scaleway’s generative APIs: open models in Europe. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed, rerankSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Scaleway. */
export const scaleway: Provider = {
  name: providerName('scaleway'),
  title: 'Scaleway',
  site: 'https://www.scaleway.com/en/docs/generative-apis/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.scaleway.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['SCALEWAY'],
  keyNames: ['SCW_SECRET_KEY'],
  speaks: { ...chatAndEmbed, ...rerankSpeech },
  modelsPath: '/models',
}
