/** `POST /v1/completions` */
import type { OperationEndpoint } from './endpoint.ts'

export const completions: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/completions',
  access: 'key',
  operation: 'complete',
  dialect: 'openai-completions',
}
