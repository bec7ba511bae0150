/** Azure OpenAI by the older address, for deployments that are asked with a version. */
import { providerName } from '../../domain/names.ts'
import { azureLimits } from '../limit-headers.ts'
import type { Provider } from '../provider.ts'

/** Azure OpenAI (deployments). */
export const azureDeployments: Provider = {
  name: providerName('azure-deployments'),
  title: 'Azure OpenAI (deployments)',
  site: 'https://learn.microsoft.com/azure/ai-foundry/openai/reference',
  // Not checked against a live resource.
  baseUrl: 'https://{resource}.openai.azure.com/openai/deployments',
  variables: {
    resource: { env: 'AZURE_RESOURCE_NAME', what: 'the name of the Azure OpenAI resource' },
    version: { env: 'AZURE_API_VERSION', default: '2024-10-21', what: 'the version of its API' },
  },
  auth: { kind: 'header', name: 'api-key' },
  keyFrom: ['AZURE_DEPLOYMENTS'],
  // The list of deployments belongs to another API, that of Azure itself.
  speaks: {
    chat: [{ dialect: 'openai-chat', path: '/{model}/chat/completions?api-version={version}' }],
    embed: [{ dialect: 'openai-embeddings', path: '/{model}/embeddings?api-version={version}' }],
  },
  rateLimitHeaders: azureLimits,
}
