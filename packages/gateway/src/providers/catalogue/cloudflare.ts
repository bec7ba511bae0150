/** Workers AI: models beside Cloudflare’s network, in the account of the caller. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Cloudflare Workers AI. */
export const cloudflare: Provider = {
  name: providerName('cloudflare'),
  title: 'Cloudflare Workers AI',
  site: 'https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1',
  variables: { account: { env: 'CLOUDFLARE_ACCOUNT_ID', what: 'the id of the Cloudflare account' } },
  auth: { kind: 'bearer' },
  keyFrom: ['CLOUDFLARE'],
  keyNames: ['CLOUDFLARE_API_TOKEN'],
  // The list is Cloudflare’s own, beside the address that is like OpenAI’s.
  speaks: chatAndEmbed,
  modelsPath: '/../models/search?per_page=1000',
}
