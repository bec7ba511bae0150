/** Novita AI: open models. */
import { providerName } from '../../domain/names.ts'
import { chatSpeech, messagesSpeech, openaiSpeech, rerankSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Novita AI. */
export const novita: Provider = {
  name: providerName('novita'),
  title: 'Novita AI',
  site: 'https://novita.ai/docs/guides/llm-api',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.novita.ai/openai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['NOVITA'],
  // Only some of its models can be asked in Anthropic’s dialect; its page says which.
  speaks: { ...openaiSpeech, ...rerankSpeech, chat: [chatSpeech, { ...messagesSpeech, base: 'https://api.novita.ai/anthropic/v1' }] },
  modelsPath: '/models',
}
