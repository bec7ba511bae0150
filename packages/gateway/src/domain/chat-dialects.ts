/** The dialects of chat that providers speak: what the owner of a server can say of it. */

export type ChatDialectName =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic-messages'
  | 'gemini-generate'
  | 'bedrock-converse'
  | 'cohere-chat'
  | 'mistral-chat'
  | 'ollama-chat'

export const chatDialects: readonly ChatDialectName[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini-generate',
  'bedrock-converse',
  'cohere-chat',
  'mistral-chat',
  'ollama-chat',
]
