/** Google's Gemini through its OpenAI-compatible path. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Google Gemini. */
export const gemini: Provider = {
  name: providerName('gemini'),
  title: 'Google Gemini',
  site: 'https://ai.google.dev/gemini-api/docs/openai',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  auth: { kind: 'bearer' },
  keyFrom: ['GEMINI', 'GOOGLE'],
  speaks: chatAndEmbed,
  modelsPath: '/models',
  // What it does not know is a 400 `Unknown name "…": Cannot find field.`: seen for the first three (SkyrimNet-GamePlugin
  // issue 77, 2025-08; litellm issue 4333 for both penalties), taken for granted for the rest, which its page does not list.
  rejects: ['frequency_penalty', 'top_k', 'reasoning', 'presence_penalty', 'logit_bias', 'store'],
  // Limits: models.dev after ai.google.dev/gemini-api/docs/models (2026-09); Argon: ai.google.dev "latest model" (2026-11),
  // where one request gives at most 64K tokens and longer answers need continuation, which this path does not have.
  models: {
    'gemini-4-argon': { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true },
    'gemini-3.8-flash': { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true },
    'gemini-3.5-flash': { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true },
    'gemini-3.5-flash-lite': { contextTokens: 1_000_000 },
    'gemini-2.5-pro': { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true },
    'gemini-embedding-001': {},
  },
}
