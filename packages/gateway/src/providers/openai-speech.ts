/** The paths that OpenAI's own API has, and most others took over. */
import type { Speech } from './provider.ts'

const chat: Speech = { dialect: 'openai-chat', path: '/chat/completions' }
const complete: Speech = { dialect: 'openai-completions', path: '/completions' }
const embed: Speech = { dialect: 'openai-embeddings', path: '/embeddings' }

/** Chat, text completion and embeddings. */
export const openaiSpeech: Readonly<Record<'chat' | 'complete' | 'embed', Speech>> = { chat, complete, embed }
/** Chat and embeddings. */
export const chatAndEmbed: Readonly<Record<'chat' | 'embed', Speech>> = { chat, embed }
/** Chat and text completion. */
export const chatAndComplete: Readonly<Record<'chat' | 'complete', Speech>> = { chat, complete }
/** Chat alone. */
export const chatOnly: Readonly<Record<'chat', Speech>> = { chat }
