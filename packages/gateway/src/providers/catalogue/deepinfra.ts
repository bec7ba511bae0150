/** DeepInfra: open models. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** DeepInfra. */
export const deepinfra: Provider = {
  name: providerName('deepinfra'),
  title: 'DeepInfra',
  site: 'https://deepinfra.com/docs/openai_api',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.deepinfra.com/v1/openai',
  auth: { kind: 'bearer' },
  keyFrom: ['DEEPINFRA'],
  speaks: openaiSpeech,
  modelsPath: '/models',
  keyTest: 'none',
}
