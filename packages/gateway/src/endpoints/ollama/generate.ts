/** `POST /api/chat`, `/api/generate`, `/api/embed` and the older `/api/embeddings`. */
import type { OperationEndpoint } from '../endpoint.ts'
import { chatPreload, generatePreload } from './preload.ts'

type Asked = Pick<OperationEndpoint, 'operation' | 'dialect' | 'answerHere' | 'needsNobody'>

function asking(path: string, asked: Asked): OperationEndpoint {
  return { kind: 'operation', method: 'POST', path, access: 'key', rootOnly: true, ...asked }
}

export const ollamaOperations: readonly OperationEndpoint[] = [
  asking('/api/chat', { operation: 'chat', dialect: 'ollama-chat', ...chatPreload }),
  asking('/api/generate', { operation: 'chat', dialect: 'ollama-generate', ...generatePreload }),
  asking('/api/embed', { operation: 'embed', dialect: 'ollama-embed' }),
  asking('/api/embeddings', { operation: 'embed', dialect: 'ollama-embed' }),
]
