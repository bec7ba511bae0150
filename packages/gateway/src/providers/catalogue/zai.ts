/** Z.AI: the GLM models. */
import { providerName } from '../../domain/names.ts'
import { chatSpeech, messagesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Z.AI. */
export const zai: Provider = {
  name: providerName('zai'),
  title: 'Z.AI',
  site: 'https://docs.z.ai/api-reference/introduction',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.z.ai/api/paas/v4',
  auth: { kind: 'bearer' },
  keyFrom: ['ZAI', 'Z_AI'],
  // The address of pay-as-you-go; that of the coding plan is for its own tools only.
  speaks: {
    chat: [
      { ...chatSpeech, rebuilds: 'with-tools' },
      { ...messagesSpeech, base: 'https://api.z.ai/api/anthropic/v1' },
    ],
  },
  modelsPath: '/models',
  quirks: { thinking: 'thinking-type', wantsReasoningBack: 'in-tool-loop' },
}
