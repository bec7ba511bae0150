/** Baseten’s model APIs. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Baseten. */
export const baseten: Provider = {
  name: providerName('baseten'),
  title: 'Baseten',
  site: 'https://docs.baseten.co/inference/model-apis/overview',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://inference.baseten.co/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['BASETEN'],
  speaks: chatOnly,
  modelsPath: '/models',
}
