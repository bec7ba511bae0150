/** NVIDIA’s hosted inference microservices. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** NVIDIA NIM. */
export const nvidia: Provider = {
  name: providerName('nvidia'),
  title: 'NVIDIA NIM',
  site: 'https://docs.api.nvidia.com/nim/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://integrate.api.nvidia.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['NVIDIA', 'NVIDIA_NIM'],
  // Whether a model thinks is told to its template.
  speaks: openaiSpeech,
  modelsPath: '/models',
  keyTest: 'none',
  quirks: { thinking: 'chat-template' },
}
