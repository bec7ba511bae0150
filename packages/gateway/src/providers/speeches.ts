/** How a dialect is spoken where nothing else is said: what a server of the owner's own gets that is not of the OpenAI family. */
import type { ChatDialectName } from '../domain/chat-dialects.ts'
import { mediaSpeech, openaiSpeech } from './openai-speech.ts'
import type { Auth, Provider, Speech } from './provider.ts'

/** What the vendor of a dialect serves beside the chat itself, under one base URL. */
export interface Manner {
  readonly auth: Auth
  readonly speaks: Provider['speaks'] & { readonly chat: readonly [Speech, ...Speech[]] }
  readonly modelsPath?: string
}

const bearer: Auth = { kind: 'bearer' }

/** The version that Anthropic's API wants to be named in every request. */
const anthropicHeaders: readonly string[] = ['anthropic-version', '2023-06-01']

/** Base URLs end where the vendor's own does: `…/v1` for OpenAI, Anthropic and Mistral, `…/v1beta` for Gemini, `…/v2` for Cohere. */
export const manners: Readonly<Record<ChatDialectName, Manner>> = {
  'openai-chat': {
    auth: bearer,
    speaks: { ...openaiSpeech, ...mediaSpeech, chat: [{ dialect: 'openai-chat', path: '/chat/completions' }] },
    modelsPath: '/models',
  },
  'openai-responses': {
    auth: bearer,
    speaks: { ...openaiSpeech, ...mediaSpeech, chat: [{ dialect: 'openai-responses', path: '/responses' }] },
    modelsPath: '/models',
  },
  'anthropic-messages': {
    auth: { kind: 'header', name: 'x-api-key' },
    speaks: {
      chat: [{ dialect: 'anthropic-messages', path: '/messages', headers: anthropicHeaders }],
      count: [{ dialect: 'anthropic-count', path: '/messages/count_tokens', headers: anthropicHeaders }],
    },
    modelsPath: '/models',
  },
  'gemini-generate': {
    auth: { kind: 'header', name: 'x-goog-api-key' },
    speaks: {
      chat: [
        {
          dialect: 'gemini-generate',
          path: '/models/{model}:generateContent',
          streamPath: '/models/{model}:streamGenerateContent?alt=sse',
        },
      ],
      embed: [{ dialect: 'gemini-embed', path: '/models/{model}:batchEmbedContents' }],
      count: [{ dialect: 'gemini-count', path: '/models/{model}:countTokens' }],
    },
    modelsPath: '/models',
  },
  'bedrock-converse': {
    auth: { kind: 'sigv4', service: 'bedrock' },
    speaks: {
      chat: [{ dialect: 'bedrock-converse', path: '/model/{model}/converse', streamPath: '/model/{model}/converse-stream' }],
    },
  },
  'cohere-chat': {
    auth: bearer,
    speaks: {
      chat: [{ dialect: 'cohere-chat', path: '/chat' }],
      embed: [{ dialect: 'cohere-embed', path: '/embed' }],
      rerank: [{ dialect: 'rerank', path: '/rerank' }],
    },
  },
  'mistral-chat': {
    auth: bearer,
    speaks: {
      chat: [{ dialect: 'mistral-chat', path: '/chat/completions' }],
      embed: [{ dialect: 'openai-embeddings', path: '/embeddings' }],
    },
    modelsPath: '/models',
  },
  'ollama-chat': {
    auth: bearer,
    speaks: {
      chat: [{ dialect: 'ollama-chat', path: '/api/chat' }],
      embed: [{ dialect: 'ollama-embed', path: '/api/embed' }],
    },
    modelsPath: '/api/tags',
  },
}
