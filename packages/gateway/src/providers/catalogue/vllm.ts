/** vLLM on the own machine, at its usual port. */
import { providerName } from '../../domain/names.ts'
import { openaiSpeech, rerankSpeech, transcribeSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** vLLM. */
export const vllm: Provider = {
  name: providerName('vllm'),
  title: 'vLLM',
  site: 'https://docs.vllm.ai/en/stable/serving/openai_compatible_server/',
  baseUrl: 'http://127.0.0.1:8000/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['VLLM', 'HOSTED_VLLM'],
  keyless: true,
  speaks: { ...openaiSpeech, ...rerankSpeech, ...transcribeSpeech },
  modelsPath: '/models',
  quirks: { thinking: 'chat-template', takes: ['top_k', 'min_p', 'repetition_penalty'] },
}
