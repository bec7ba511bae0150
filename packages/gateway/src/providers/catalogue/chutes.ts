/** Chutes: open models on a network of many. */
import { providerName } from '../../domain/names.ts'
import { chatAndComplete } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Chutes. */
export const chutes: Provider = {
  name: providerName('chutes'),
  title: 'Chutes',
  site: 'https://chutes.ai/docs',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://llm.chutes.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['CHUTES'],
  speaks: chatAndComplete,
  modelsPath: '/models',
  keyTest: 'none',
}
