/** `POST /v1/embeddings` */
import type { OperationEndpoint } from './endpoint.ts'

export const embeddings: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/embeddings',
  access: 'key',
  operation: 'embed',
  dialect: 'openai-embeddings',
}
