/** `POST /v1/images/edits` */
import type { OperationEndpoint } from './endpoint.ts'

export const imagesEdits: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/images/edits',
  access: 'key',
  operation: 'edit-image',
  dialect: 'openai-image-edits',
}
