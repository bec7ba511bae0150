/** Nscale’s serverless inference: open models in Europe. */
import { providerName } from '../../domain/names.ts'
import { chatOnly, imageSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Nscale. */
export const nscale: Provider = {
  name: providerName('nscale'),
  title: 'Nscale',
  site: 'https://docs.nscale.com/docs/inference/overview',
  // Address and variables: as Pydantic AI and Hugging Face have them (2026).
  baseUrl: 'https://inference.api.nscale.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['NSCALE'],
  keyNames: ['NSCALE_SERVICE_TOKEN'],
  speaks: { ...chatOnly, ...imageSpeech },
  modelsPath: '/models',
}
