/** SiliconFlow outside China: open models. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed, imageSpeech, rerankSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** SiliconFlow. */
export const siliconflow: Provider = {
  name: providerName('siliconflow'),
  title: 'SiliconFlow',
  site: 'https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.siliconflow.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['SILICONFLOW'],
  // For a key of China set SILICONFLOW_API_BASE to https://api.siliconflow.cn/v1.
  speaks: { ...chatAndEmbed, ...rerankSpeech, ...imageSpeech },
  modelsPath: '/models',
  quirks: { thinking: 'enable-thinking' },
}
