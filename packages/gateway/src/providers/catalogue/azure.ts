/** Azure OpenAI, by the address that needs no version: a model is the name of a deployment. */
import { providerName } from '../../domain/names.ts'
import { azureLimits } from '../limit-headers.ts'
import { audioSpeech, chatSpeech, imageSpeech, openaiSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Azure OpenAI. */
export const azure: Provider = {
  name: providerName('azure'),
  title: 'Azure OpenAI',
  site: 'https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle',
  // Not checked against a live resource.
  baseUrl: 'https://{resource}.openai.azure.com/openai/v1',
  variables: { resource: { env: 'AZURE_RESOURCE_NAME', what: 'the name of the Azure OpenAI resource' } },
  auth: { kind: 'header', name: 'api-key' },
  keyFrom: ['AZURE', 'AZURE_OPENAI'],
  // Its model list names what could be deployed, not what is.
  speaks: { ...openaiSpeech, ...audioSpeech, ...imageSpeech, chat: [chatSpeech, responsesSpeech] },
  quirks: { maxTokensField: 'max_completion_tokens', takes: ['prompt_cache_key', 'verbosity', 'name', 'custom-tools'] },
  rateLimitHeaders: azureLimits,
}
