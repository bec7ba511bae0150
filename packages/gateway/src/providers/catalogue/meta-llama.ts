/** Meta’s own API for its Llama models. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Meta Llama API. */
export const metaLlama: Provider = {
  name: providerName('meta-llama'),
  title: 'Meta Llama API',
  site: 'https://llama.developer.meta.com/docs/features/compatibility/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.llama.com/compat/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['LLAMA'],
  speaks: chatOnly,
  modelsPath: '/models',
}
