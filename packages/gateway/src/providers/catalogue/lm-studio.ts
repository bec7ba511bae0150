/** LM Studio on the own machine. */
import { providerName } from '../../domain/names.ts'
import { chatSpeech, messagesSpeech, openaiSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** LM Studio. */
export const lmStudio: Provider = {
  name: providerName('lm-studio'),
  title: 'LM Studio',
  site: 'https://lmstudio.ai/docs/developer/openai-compat',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'http://127.0.0.1:1234/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['LM_STUDIO', 'LMSTUDIO'],
  keyless: true,
  speaks: { ...openaiSpeech, chat: [chatSpeech, responsesSpeech, messagesSpeech] },
  modelsPath: '/models',
}
