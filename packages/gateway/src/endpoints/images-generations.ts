/** `POST /v1/images/generations` */
import type { OperationEndpoint } from './endpoint.ts'

export const imagesGenerations: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/images/generations',
  access: 'key',
  operation: 'image',
  dialect: 'openai-images',
}
