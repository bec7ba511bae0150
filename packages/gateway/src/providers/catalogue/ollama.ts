/** Ollama on the own machine; it wants no key. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Ollama. Which models there are, and how much context they get, is its owner's choice. */
export const ollama: Provider = {
  name: providerName('ollama'),
  title: 'Ollama',
  site: 'https://docs.ollama.com/api/openai-compatibility',
  baseUrl: 'http://127.0.0.1:11434/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['OLLAMA'],
  keyless: true,
  speaks: openaiSpeech,
  modelsPath: '/models',
  models: { 'gpt-oss:20b': { reasoning: true }, 'gpt-oss:120b': { reasoning: true } },
}
