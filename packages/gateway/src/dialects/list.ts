/** Every dialect that is spoken, by name. */
import type { DialectName } from '../domain/operation.ts'
import type { Dialect } from './dialect.ts'
import { openAiChat } from './openai-chat/index.ts'
import { openAiCompletions } from './openai-completions/index.ts'
import { openAiEmbeddings } from './openai-embeddings/index.ts'

const dialects: Readonly<Partial<Record<DialectName, Dialect>>> = {
  'openai-chat': openAiChat,
  'openai-completions': openAiCompletions,
  'openai-embeddings': openAiEmbeddings,
}

export function dialectOf(name: DialectName): Dialect {
  return dialects[name] ?? openAiChat
}
