/** ModelScope: open models in China. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** ModelScope. */
export const modelscope: Provider = {
  name: providerName('modelscope'),
  title: 'ModelScope',
  site: 'https://modelscope.cn/docs/model-service/API-Inference/intro',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api-inference.modelscope.cn/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['MODELSCOPE'],
  speaks: chatOnly,
  modelsPath: '/models',
  quirks: { thinking: 'enable-thinking' },
}
