/** Ollama’s own servers, in the dialect of a local one. */
import { providerName } from '../../domain/names.ts'
import { chatSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Ollama Cloud. */
export const ollamaCloud: Provider = {
  name: providerName('ollama-cloud'),
  title: 'Ollama Cloud',
  site: 'https://docs.ollama.com/cloud',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://ollama.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['OLLAMA_CLOUD'],
  // OLLAMA_API_KEY would set up the local server; a key for these is in OLLAMA_CLOUD_API_KEY.
  speaks: { chat: [{ dialect: 'ollama-chat', path: '/../api/chat' }, chatSpeech] },
  modelsPath: '/models',
  keyTest: 'none',
}
