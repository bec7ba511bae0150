/** FriendliAI’s serverless endpoints. */
import { providerName } from '../../domain/names.ts'
import { chatAndComplete } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Friendli. */
export const friendli: Provider = {
  name: providerName('friendli'),
  title: 'Friendli',
  site: 'https://friendli.ai/docs/openapi/serverless/chat-completions',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.friendli.ai/serverless/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['FRIENDLI'],
  keyNames: ['FRIENDLI_TOKEN'],
  speaks: chatAndComplete,
  modelsPath: '/models',
}
