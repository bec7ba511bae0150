/** Morph: models that apply edits to files. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed, rerankSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Morph. */
export const morph: Provider = {
  name: providerName('morph'),
  title: 'Morph',
  site: 'https://docs.morphllm.com/api-reference/introduction',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.morphllm.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['MORPH'],
  speaks: { ...chatAndEmbed, ...rerankSpeech },
  modelsPath: '/models',
}
