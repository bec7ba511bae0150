/** Lambda’s inference API. */
import { providerName } from '../../domain/names.ts'
import { chatAndComplete } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Lambda. */
export const lambda: Provider = {
  name: providerName('lambda'),
  title: 'Lambda',
  site: 'https://docs.lambda.ai/public-cloud/lambda-inference-api/',
  // Address and variable: as public code has them; the vendor’s page was not read, and the service may have ended.
  baseUrl: 'https://api.lambda.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['LAMBDA'],
  speaks: chatAndComplete,
  modelsPath: '/models',
}
