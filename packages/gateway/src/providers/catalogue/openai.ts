/** OpenAI's own API. */
import { providerName } from '../../domain/names.ts'
import { openAiLimits } from '../limit-headers.ts'
import { audioSpeech, chatSpeech, imageEditSpeech, imageSpeech, moderateSpeech, openaiSpeech, responsesSpeech } from '../openai-speech.ts'
import type { KnownModel, Provider } from '../provider.ts'

// Reasoning models take sampling parameters at their default only (developers.openai.com/api/docs/guides/reasoning;
// models.dev marks `temperature = false`; 2026-11).
const sampling: readonly string[] = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
]

// Limits: models.dev and the pages that it cites (developers.openai.com/api/docs/models/…), read 2026-11.
const gpt6: KnownModel = { contextTokens: 1_050_000, maxOutputTokens: 128_000, reasoning: true, rejects: sampling }
const gpt5: KnownModel = { contextTokens: 400_000, maxOutputTokens: 128_000, reasoning: true, rejects: sampling }

/** OpenAI. */
export const openai: Provider = {
  name: providerName('openai'),
  title: 'OpenAI',
  site: 'https://developers.openai.com/api/docs',
  baseUrl: 'https://api.openai.com/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['OPENAI'],
  // Reasoning models answer `max_tokens` with a 400; the newer name is taken by all chat models.
  speaks: {
    ...openaiSpeech,
    ...audioSpeech,
    ...imageSpeech,
    ...imageEditSpeech,
    ...moderateSpeech,
    chat: [{ ...chatSpeech, renames: { max_tokens: 'max_completion_tokens' } }, responsesSpeech],
  },
  modelsPath: '/models',
  rateLimitHeaders: openAiLimits,
  quirks: { maxTokensField: 'max_completion_tokens', takes: ['prompt_cache_key', 'verbosity', 'name', 'custom-tools'] },
  models: {
    'gpt-6.2-sol': gpt6,
    'gpt-6.1-sol': gpt6,
    'gpt-6-sol': gpt6,
    'gpt-6-astra': gpt6,
    'gpt-6-luna': gpt6,
    'gpt-5.6-sol': gpt6,
    'gpt-5.6-terra': gpt6,
    'gpt-5.6-luna': gpt6,
    'gpt-5.5': { ...gpt6, contextTokens: 1_000_000 },
    'gpt-5': gpt5,
    'gpt-5-mini': gpt5,
    'gpt-5-nano': gpt5,
    'gpt-4.1': { contextTokens: 1_047_576, maxOutputTokens: 32_768 },
    'gpt-4o': { contextTokens: 128_000, maxOutputTokens: 16_384 },
    'gpt-4o-mini': { contextTokens: 128_000, maxOutputTokens: 16_384 },
    'gpt-3.5-turbo-instruct': {},
    'text-embedding-3-small': { contextTokens: 8192 },
    'text-embedding-3-large': { contextTokens: 8192 },
  },
}
