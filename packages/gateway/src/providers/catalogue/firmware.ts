/** Firmware: many vendors’ models by subscription, with a window of five hours. */
import { providerName } from '../../domain/names.ts'
import { chatOnly } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Firmware. */
export const firmware: Provider = {
  name: providerName('firmware'),
  title: 'Firmware',
  site: 'https://docs.firmware.ai/',
  // Address and variable: as public code has them; the vendor’s page was not read.
  baseUrl: 'https://app.firmware.ai/api/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['FIRMWARE'],
  speaks: chatOnly,
  modelsPath: '/models',
}
