/** GitHub Models: many vendors’ models for a token that may read models. */
import { providerName } from '../../domain/names.ts'
import { azureLimits } from '../limit-headers.ts'
import { chatAndEmbed } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** GitHub Models. */
export const githubModels: Provider = {
  name: providerName('github-models'),
  title: 'GitHub Models',
  site: 'https://docs.github.com/en/rest/models/inference',
  baseUrl: 'https://models.github.ai/inference',
  auth: { kind: 'bearer' },
  keyFrom: ['GITHUB_MODELS'],
  // A personal access token with `models: read`. GITHUB_TOKEN is not taken by itself: it is meant for other things.
  speaks: chatAndEmbed,
  modelsPath: '/../catalog/models',
  rateLimitHeaders: azureLimits,
}
