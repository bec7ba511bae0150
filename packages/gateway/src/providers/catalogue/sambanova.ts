/** SambaNova Cloud: open models on its own chips. */
import { providerName } from '../../domain/names.ts'
import { sambaNovaLimits } from '../limit-headers.ts'
import { chatSpeech, countSpeech, messagesSpeech, openaiSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** SambaNova. */
export const sambanova: Provider = {
  name: providerName('sambanova'),
  title: 'SambaNova',
  site: 'https://docs.sambanova.ai/docs/en/features/openai-compatibility',
  baseUrl: 'https://api.sambanova.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['SAMBANOVA'],
  speaks: { ...openaiSpeech, chat: [chatSpeech, responsesSpeech, messagesSpeech], count: [countSpeech] },
  modelsPath: '/models',
  rateLimitHeaders: sambaNovaLimits,
}
