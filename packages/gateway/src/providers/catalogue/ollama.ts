/** Ollama on the own machine; it wants no key. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech } from '../openai-speech.ts'
import type { Provider, Speech } from '../provider.ts'

/** Beside `/v1`, wherever that is. */
const nativeChat: Speech = { dialect: 'ollama-chat', path: '/../api/chat' }
const nativeGenerate: Speech = { dialect: 'ollama-generate', path: '/../api/generate' }
const nativeEmbed: Speech = { dialect: 'ollama-embed', path: '/../api/embed' }

/**
 * Ollama. Which models there are, and how much context they get, is its owner's choice. Its own interface comes first, since only
 * there a long request can ask for the window that it needs and thinking can be switched; callers that speak like OpenAI get the
 * interface that is like theirs, byte for byte.
 */
export const ollama: Provider = {
  name: providerName('ollama'),
  title: 'Ollama',
  site: 'https://docs.ollama.com/api/openai-compatibility',
  baseUrl: 'http://127.0.0.1:11434/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['OLLAMA'],
  keyless: true,
  speaks: {
    chat: [nativeChat, nativeGenerate, ...openaiSpeech.chat],
    complete: openaiSpeech.complete,
    embed: [...openaiSpeech.embed, nativeEmbed],
  },
  modelsPath: '/models',
  models: { 'gpt-oss:20b': { reasoning: true }, 'gpt-oss:120b': { reasoning: true } },
}
