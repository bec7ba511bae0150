/** `POST /v1/responses` */
import type { OperationEndpoint } from './endpoint.ts'

export const responses: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/responses',
  access: 'key',
  operation: 'chat',
  dialect: 'openai-responses',
}
