/** Docker Model Runner on the own machine. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Docker Model Runner. */
export const dockerModelRunner: Provider = {
  name: providerName('docker-model-runner'),
  title: 'Docker Model Runner',
  site: 'https://docs.docker.com/ai/model-runner/api-reference/',
  // Port and path from its page as remembered; not checked.
  baseUrl: 'http://127.0.0.1:12434/engines/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['DOCKER_MODEL_RUNNER'],
  keyless: true,
  // Its port must be switched on: `docker desktop enable model-runner --tcp 12434`.
  speaks: openaiSpeech,
  modelsPath: '/models',
}
