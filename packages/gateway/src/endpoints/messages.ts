/** `POST /v1/messages` */
import type { OperationEndpoint } from './endpoint.ts'

export const messages: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/messages',
  access: 'key',
  operation: 'chat',
  dialect: 'anthropic-messages',
}
