/** The paths that OpenAI's own API has, and most others took over. */
import type { Speech } from './provider.ts'

export const chatSpeech: Speech = { dialect: 'openai-chat', path: '/chat/completions' }
const chat = [chatSpeech]
const complete: readonly Speech[] = [{ dialect: 'openai-completions', path: '/completions' }]
const embed: readonly Speech[] = [{ dialect: 'openai-embeddings', path: '/embeddings' }]

/** Chat, text completion and embeddings. */
export const openaiSpeech: Readonly<Record<'chat' | 'complete' | 'embed', readonly Speech[]>> = { chat, complete, embed }
/** Chat and embeddings. */
export const chatAndEmbed: Readonly<Record<'chat' | 'embed', readonly Speech[]>> = { chat, embed }
/** Chat and text completion. */
export const chatAndComplete: Readonly<Record<'chat' | 'complete', readonly Speech[]>> = { chat, complete }
/** Chat alone. */
export const chatOnly: Readonly<Record<'chat', readonly Speech[]>> = { chat }
