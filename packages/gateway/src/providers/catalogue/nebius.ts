/** Nebius Token Factory: open models. */
import { providerName } from '../../domain/names.ts'
import { imageSpeech, openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Nebius Token Factory. */
export const nebius: Provider = {
  name: providerName('nebius'),
  title: 'Nebius Token Factory',
  site: 'https://docs.tokenfactory.nebius.com/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.tokenfactory.nebius.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['NEBIUS'],
  speaks: { ...openaiSpeech, ...imageSpeech },
  modelsPath: '/models',
}
