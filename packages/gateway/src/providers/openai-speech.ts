/** The paths that OpenAI's own API has, and most others took over. */
import type { Provider, Speech } from './provider.ts'

export const chatSpeech: Speech = { dialect: 'openai-chat', path: '/chat/completions' }
/** OpenAI's newer interface for chat. */
export const responsesSpeech: Speech = { dialect: 'openai-responses', path: '/responses' }

/** Anthropic's dialect, as others speak it beside their own: most take the key as their own dialect does. */
const anthropicHeaders: readonly string[] = ['anthropic-version', '2023-06-01']
export const messagesSpeech: Speech = { dialect: 'anthropic-messages', path: '/messages', headers: anthropicHeaders }
export const countSpeech: Speech = { dialect: 'anthropic-count', path: '/messages/count_tokens', headers: anthropicHeaders }

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

const transcribe: readonly Speech[] = [{ dialect: 'openai-transcriptions', path: '/audio/transcriptions' }]
const translate: readonly Speech[] = [{ dialect: 'openai-translations', path: '/audio/translations' }]

/** Sound from text. */
export const speakSpeech: Readonly<Record<'speak', readonly Speech[]>> = { speak: [{ dialect: 'openai-speech', path: '/audio/speech' }] }
/** Text from sound. */
export const transcribeSpeech: Readonly<Record<'transcribe', readonly Speech[]>> = { transcribe }
/** Sound from text, text from sound, and English text from any sound. */
export const audioSpeech: Readonly<Record<'speak' | 'transcribe' | 'translate', readonly Speech[]>> = {
  ...speakSpeech,
  transcribe,
  translate,
}
/** Images from text. */
export const imageSpeech: Readonly<Record<'image', readonly Speech[]>> = {
  image: [{ dialect: 'openai-images', path: '/images/generations' }],
}
/** Images from images. */
export const imageEditSpeech: Readonly<Record<'edit-image', readonly Speech[]>> = {
  'edit-image': [{ dialect: 'openai-image-edits', path: '/images/edits' }],
}
/** Whether a text may be said. */
export const moderateSpeech: Readonly<Record<'moderate', readonly Speech[]>> = {
  moderate: [{ dialect: 'openai-moderations', path: '/moderations' }],
}
/** Documents in the order in which they fit a question. OpenAI has none; those that do agree on the path. */
export const rerankSpeech: Readonly<Record<'rerank', readonly Speech[]>> = { rerank: [{ dialect: 'rerank', path: '/rerank' }] }

/** Everything beside chat, completion and embeddings that a server of this kind may have. */
export const mediaSpeech: Provider['speaks'] = {
  ...audioSpeech,
  ...imageSpeech,
  ...imageEditSpeech,
  ...moderateSpeech,
  ...rerankSpeech,
}
