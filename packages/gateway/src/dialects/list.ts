/** Every dialect that is spoken, by name. */
import type { DialectName } from '../domain/operation.ts'
import { anthropicCount } from './anthropic-count/index.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import { cohereChat } from './cohere-chat/index.ts'
import { cohereEmbed } from './cohere-embed/index.ts'
import type { Dialect } from './dialect.ts'
import { geminiCount } from './gemini-count/index.ts'
import { geminiEmbed } from './gemini-embed/index.ts'
import { geminiGenerate } from './gemini-generate/index.ts'
import { kobold } from './kobold/index.ts'
import { mistralChat } from './mistral-chat/index.ts'
import { ollamaChat } from './ollama-chat/index.ts'
import { ollamaEmbed } from './ollama-embed/index.ts'
import { ollamaGenerate } from './ollama-generate/index.ts'
import { openAiChat } from './openai-chat/index.ts'
import { openAiCompletions } from './openai-completions/index.ts'
import { openAiEmbeddings } from './openai-embeddings/index.ts'
import { openAiResponses } from './openai-responses/index.ts'
import { openAiModerations } from './openai-moderations/index.ts'
import { openAiImages } from './openai-images/index.ts'
import { openAiImageEdits } from './openai-image-edits/index.ts'
import { openAiSpeech } from './openai-speech/index.ts'
import { openAiTranscriptions } from './openai-transcriptions/index.ts'
import { openAiTranslations } from './openai-translations/index.ts'
import { rerank } from './rerank/index.ts'

const dialects: Readonly<Record<DialectName, Dialect>> = {
  'bedrock-converse': bedrockConverse,
  'cohere-chat': cohereChat,
  'cohere-embed': cohereEmbed,
  'anthropic-count': anthropicCount,
  'anthropic-messages': anthropicMessages,
  'gemini-count': geminiCount,
  'gemini-embed': geminiEmbed,
  'gemini-generate': geminiGenerate,
  'openai-chat': openAiChat,
  'openai-completions': openAiCompletions,
  'openai-embeddings': openAiEmbeddings,
  'openai-responses': openAiResponses,
  'openai-moderations': openAiModerations,
  'openai-images': openAiImages,
  'openai-image-edits': openAiImageEdits,
  'openai-speech': openAiSpeech,
  'openai-transcriptions': openAiTranscriptions,
  'openai-translations': openAiTranslations,
  rerank,
  kobold,
  'mistral-chat': mistralChat,
  'ollama-chat': ollamaChat,
  'ollama-embed': ollamaEmbed,
  'ollama-generate': ollamaGenerate,
}

export function dialectOf(name: DialectName): Dialect {
  return dialects[name]
}

export const allDialects: readonly Dialect[] = Object.values(dialects)
