/** `POST /v1/audio/speech` */
import type { OperationEndpoint } from './endpoint.ts'

export const audioSpeech: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/audio/speech',
  access: 'key',
  operation: 'speak',
  dialect: 'openai-speech',
}
