/** KoboldCpp on the own machine, by its interface that is like OpenAI’s. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** KoboldCpp. */
export const koboldcpp: Provider = {
  name: providerName('koboldcpp'),
  title: 'KoboldCpp',
  site: 'https://github.com/LostRuins/koboldcpp/wiki',
  // Port and path from its wiki as remembered; not checked.
  baseUrl: 'http://127.0.0.1:5001/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['KOBOLDCPP'],
  keyless: true,
  speaks: openaiSpeech,
  modelsPath: '/models',
  quirks: { takes: ['top_k', 'min_p'] },
}
