/** Google's Gemini, in its own dialect and beside it in OpenAI's. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed } from '../openai-speech.ts'
import type { Auth, Provider, Speech } from '../provider.ts'
import { manners } from '../speeches.ts'

const { auth, speaks } = manners['gemini-generate']

const bearer: Auth = { kind: 'bearer' }

/** https://ai.google.dev/gemini-api/docs/openai */
function asOpenAi(speech: Speech): Speech {
  return { ...speech, base: 'https://generativelanguage.googleapis.com/v1beta/openai', auth: bearer }
}

// What that path does not know is a 400 `Unknown name "…": Cannot find field.`: seen for the first three (SkyrimNet-GamePlugin
// issue 77, 2025-08; litellm issue 4333 for both penalties), taken for granted for the rest, which its page does not list.
const rejects = ['frequency_penalty', 'top_k', 'reasoning', 'presence_penalty', 'logit_bias', 'store']

/** Google Gemini. */
export const gemini: Provider = {
  name: providerName('gemini'),
  title: 'Google Gemini',
  site: 'https://ai.google.dev/gemini-api/docs',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  auth,
  keyFrom: ['GEMINI', 'GOOGLE'],
  speaks: {
    ...speaks,
    chat: [...speaks.chat, ...chatAndEmbed.chat.map((speech) => ({ ...asOpenAi(speech), rejects }))],
    embed: [...(speaks.embed ?? []), ...chatAndEmbed.embed.map(asOpenAi)],
  },
  modelsPath: '/models?pageSize=1000',
  // Limits: models.dev after ai.google.dev/gemini-api/docs/models (2026-09); Argon: ai.google.dev "latest model" (2026-11),
  // where one request gives at most 64K tokens and longer answers need continuation.
  models: {
    'gemini-4-argon': { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true },
    'gemini-3.8-flash': { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true },
    'gemini-3.5-flash': { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true },
    'gemini-3.5-flash-lite': { contextTokens: 1_000_000 },
    'gemini-2.5-pro': { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true },
    'gemini-embedding-001': {},
  },
}
