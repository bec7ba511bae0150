/** GroqCloud: open models on its own chips. */
import { providerName } from '../../domain/names.ts'
import { groqLimits } from '../limit-headers.ts'
import { audioSpeech, chatSpeech, responsesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Groq. */
export const groq: Provider = {
  name: providerName('groq'),
  title: 'Groq',
  site: 'https://console.groq.com/docs/openai',
  baseUrl: 'https://api.groq.com/openai/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['GROQ'],
  // Its Responses API is a beta that keeps nothing; the fields for that are taken out, as its page is remembered to want.
  speaks: {
    ...audioSpeech,
    chat: [chatSpeech, { ...responsesSpeech, rejects: ['store', 'include', 'truncation', 'prompt_cache_key', 'safety_identifier'] }],
  },
  modelsPath: '/models',
  rateLimitHeaders: groqLimits,
  quirks: { reasoningField: 'reasoning' },
  // Answered with a 400 (console.groq.com/docs/openai, read 2026-11). `n` other than 1 and a message's `name` are too.
  rejects: ['logprobs', 'logit_bias', 'top_logprobs'],
  // Limits: models.dev after console.groq.com/docs/models (2026-08-29). llama-3.3-70b-versatile and llama-3.1-8b-instant
  // were switched off on 2026-08-16.
  models: {
    'openai/gpt-oss-120b': { contextTokens: 131_072, maxOutputTokens: 65_536, reasoning: true },
    'openai/gpt-oss-20b': { contextTokens: 131_072, maxOutputTokens: 65_536, reasoning: true },
    'qwen/qwen3.8-27b': { contextTokens: 131_042, maxOutputTokens: 16_384, reasoning: true },
    'groq/compound': {},
  },
}
