/** Hugging Face: one key for the many vendors behind its router. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Hugging Face. */
export const huggingface: Provider = {
  name: providerName('huggingface'),
  title: 'Hugging Face',
  site: 'https://huggingface.co/docs/inference-providers',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://router.huggingface.co/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['HUGGINGFACE', 'HF'],
  keyNames: ['HF_TOKEN'],
  // The vendor can be named behind the model: `openai/gpt-oss-120b:groq`.
  speaks: chatOnly,
  modelsPath: '/models',
  keyTest: 'none',
}
