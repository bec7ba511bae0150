/** `POST /api/v1/generate`, its other name, and `POST /api/extra/generate/stream`: KoboldAI's generation, whole and streamed. */
import type { OperationEndpoint } from '../endpoint.ts'

function generating(path: string, streams: boolean): OperationEndpoint {
  return { kind: 'operation', method: 'POST', path, access: 'key', rootOnly: true, operation: 'chat', dialect: 'kobold', streams }
}

export const koboldGenerate: readonly OperationEndpoint[] = [
  generating('/api/v1/generate', false),
  generating('/api/latest/generate', false),
  generating('/api/extra/generate/stream', true),
]
