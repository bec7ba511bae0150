/** `POST /v1/chat/completions` */
import type { OperationEndpoint } from './endpoint.ts'

export const chatCompletions: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/chat/completions',
  access: 'key',
  operation: 'chat',
  dialect: 'openai-chat',
}
