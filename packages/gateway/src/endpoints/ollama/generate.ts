/** `POST /api/chat`, `/api/generate`, `/api/embed` and the older `/api/embeddings`. */
import type { OperationEndpoint } from '../endpoint.ts'

type Asked = Pick<OperationEndpoint, 'operation' | 'dialect'>

function asking(path: string, asked: Asked): OperationEndpoint {
  return { kind: 'operation', method: 'POST', path, access: 'key', rootOnly: true, ...asked }
}

export const ollamaOperations: readonly OperationEndpoint[] = [
  asking('/api/chat', { operation: 'chat', dialect: 'ollama-chat' }),
  asking('/api/generate', { operation: 'chat', dialect: 'ollama-generate' }),
  asking('/api/embed', { operation: 'embed', dialect: 'ollama-embed' }),
  asking('/api/embeddings', { operation: 'embed', dialect: 'ollama-embed' }),
]
