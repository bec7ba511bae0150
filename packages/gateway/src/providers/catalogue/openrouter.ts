/** OpenRouter: many vendors' models behind one key; model names hold slashes and end in `:free` when they cost nothing. */
import { providerName } from '../../domain/names.ts'
import { openRouterLimits } from '../limit-headers.ts'
import { chatSpeech, messagesSpeech, openaiSpeech, rerankSpeech, responsesSpeech, speakSpeech, transcribeSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** OpenRouter. */
export const openrouter: Provider = {
  name: providerName('openrouter'),
  title: 'OpenRouter',
  site: 'https://openrouter.ai/docs/api-reference/overview',
  baseUrl: 'https://openrouter.ai/api/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['OPENROUTER'],
  speaks: {
    ...openaiSpeech,
    ...rerankSpeech,
    ...speakSpeech,
    ...transcribeSpeech,
    // It keeps no answers: `store: true` is a 400 (openrouter.ai/docs, Responses API, error handling).
    chat: [chatSpeech, { ...responsesSpeech, rejects: ['store'] }, messagesSpeech],
  },
  modelsPath: '/models',
  keyTest: { path: '/key' },
  rateLimitHeaders: openRouterLimits,
  // Keeps the calls of a session with one of its own providers (openrouter.ai/docs, API reference of all three dialects).
  sessionFields: ['session_id'],
  quirks: {
    reasoningField: 'reasoning',
    thinking: 'reasoning-object',
    takes: ['cache_control', 'verbosity', 'top_k', 'min_p', 'repetition_penalty'],
  },
  // Parameters that a model does not take are dropped by OpenRouter itself. Context: @pydantic/genai-prices 0.1.8;
  // output and reasoning: models.dev, read 2026-11; openrouter/free: its own page.
  models: {
    'anthropic/claude-opus-5.5': { contextTokens: 1_000_000 },
    'anthropic/claude-sonnet-5.5': { contextTokens: 1_000_000, maxOutputTokens: 128_000, reasoning: true },
    'anthropic/claude-haiku-4.5': { contextTokens: 200_000 },
    'moonshotai/kimi-k3': { contextTokens: 1_048_576, reasoning: true },
    'z-ai/glm-5.3': { contextTokens: 1_048_576, reasoning: true },
    'z-ai/glm-5.3-flash': { contextTokens: 1_310_720 },
    'deepseek/deepseek-v4-pro': { reasoning: true },
    'deepseek/deepseek-v4-flash': { reasoning: true },
    'qwen/qwen3-coder:free': {},
    'openai/gpt-oss-120b:free': { reasoning: true },
    'openrouter/free': { contextTokens: 200_000 },
  },
}
