/** Vercel’s gateway to many vendors’ models. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed, chatSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Vercel AI Gateway. */
export const vercel: Provider = {
  name: providerName('vercel'),
  title: 'Vercel AI Gateway',
  site: 'https://vercel.com/docs/ai-gateway',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://ai-gateway.vercel.sh/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['AI_GATEWAY', 'VERCEL_AI_GATEWAY'],
  speaks: { ...chatAndEmbed, chat: [chatSpeech, responsesSpeech] },
  modelsPath: '/models',
  keyTest: { path: '/credits' },
  quirks: { reasoningField: 'reasoning', thinking: 'reasoning-object' },
}
