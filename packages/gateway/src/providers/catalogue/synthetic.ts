/** Synthetic: open models by subscription. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Synthetic. */
export const synthetic: Provider = {
  name: providerName('synthetic'),
  title: 'Synthetic',
  site: 'https://dev.synthetic.new/docs/api/overview',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.synthetic.new/openai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['SYNTHETIC'],
  speaks: openaiSpeech,
  modelsPath: '/models',
}
