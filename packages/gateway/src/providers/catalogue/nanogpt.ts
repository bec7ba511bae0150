/** NanoGPT: many vendors’ models, paid by use or by subscription. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** NanoGPT. */
export const nanogpt: Provider = {
  name: providerName('nanogpt'),
  title: 'NanoGPT',
  site: 'https://docs.nano-gpt.com/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://nano-gpt.com/api/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['NANOGPT', 'NANO_GPT'],
  speaks: chatAndEmbed,
  modelsPath: '/models',
  keyTest: 'none',
}
