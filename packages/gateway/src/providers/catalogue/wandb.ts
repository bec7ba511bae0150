/** Weights & Biases Inference: open models. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** W&B Inference. */
export const wandb: Provider = {
  name: providerName('wandb'),
  title: 'W&B Inference',
  site: 'https://docs.wandb.ai/guides/inference/',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://api.inference.wandb.ai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['WANDB'],
  speaks: chatOnly,
  modelsPath: '/models',
}
