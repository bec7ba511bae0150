/** Volcengine Ark: the Doubao models. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Volcengine Ark. */
export const volcengine: Provider = {
  name: providerName('volcengine'),
  title: 'Volcengine Ark',
  site: 'https://www.volcengine.com/docs/82379/1494384',
  // Address and variable: as public code has them; the vendor’s page was not read.
  baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
  auth: { kind: 'bearer' },
  keyFrom: ['ARK', 'VOLCENGINE'],
  // A model is its name or the id of an endpoint of one’s own; there is no list.
  speaks: chatAndEmbed,
  quirks: { thinking: 'thinking-type' },
}
