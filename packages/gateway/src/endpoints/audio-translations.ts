/** `POST /v1/audio/translations` */
import type { OperationEndpoint } from './endpoint.ts'

export const audioTranslations: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/audio/translations',
  access: 'key',
  operation: 'translate',
  dialect: 'openai-translations',
}
