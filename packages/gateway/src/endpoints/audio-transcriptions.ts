/** `POST /v1/audio/transcriptions` */
import type { OperationEndpoint } from './endpoint.ts'

export const audioTranscriptions: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/audio/transcriptions',
  access: 'key',
  operation: 'transcribe',
  dialect: 'openai-transcriptions',
}
