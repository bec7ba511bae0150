/** `POST /v1/rerank`, and Cohere's own `POST /v2/rerank`. */
import type { OperationEndpoint } from './endpoint.ts'

export const rerank: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/rerank',
  access: 'key',
  operation: 'rerank',
  dialect: 'rerank',
}

export const rerankV2: OperationEndpoint = { ...rerank, path: '/v2/rerank', rootOnly: true }
