/** `POST /v1/moderations` */
import type { OperationEndpoint } from './endpoint.ts'

export const moderations: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/moderations',
  access: 'key',
  operation: 'moderate',
  dialect: 'openai-moderations',
}
