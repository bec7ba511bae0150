/** OVHcloud AI Endpoints: open models in Europe. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** OVHcloud AI Endpoints. */
export const ovhcloud: Provider = {
  name: providerName('ovhcloud'),
  title: 'OVHcloud AI Endpoints',
  site: 'https://help.ovhcloud.com/csm/en-public-cloud-ai-endpoints-getting-started?id=kb_article_view&sysparm_article=KB0065401',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['OVHCLOUD'],
  keyNames: ['OVH_AI_ENDPOINTS_ACCESS_TOKEN'],
  speaks: chatAndEmbed,
  modelsPath: '/models',
}
