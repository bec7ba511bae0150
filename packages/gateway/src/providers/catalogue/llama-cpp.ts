/** llama.cpp’s server on the own machine, at its usual port. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech, rerankSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** llama.cpp. */
export const llamaCpp: Provider = {
  name: providerName('llama-cpp'),
  title: 'llama.cpp',
  site: 'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
  baseUrl: 'http://127.0.0.1:8080/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['LLAMA_CPP', 'LLAMACPP'],
  keyless: true,
  // It speaks Anthropic’s dialect too, but only by translating it into this one.
  speaks: { ...openaiSpeech, ...rerankSpeech },
  modelsPath: '/models',
  quirks: { thinking: 'chat-template', takes: ['top_k', 'min_p'] },
}
