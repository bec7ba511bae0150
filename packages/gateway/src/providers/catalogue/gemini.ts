/** Google's Gemini, in its own dialect. */
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

/** Google Gemini. */
export const gemini: Provider = {
  name: providerName('gemini'),
  title: 'Google Gemini',
  site: 'https://ai.google.dev/gemini-api/docs',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  auth,
  keyFrom: ['GEMINI', 'GOOGLE'],
  // Its page on rate limits: requests per day come back at midnight Pacific time.
  dayBegins: { hour: 0, timeZone: 'America/Los_Angeles' },
  // Google's path for OpenAI's chat is left out, though callers of that dialect could pass through there. It refuses the second turn
  // of a tool loop where the client did not keep the thought signature, as hardly any does, and fields that it does not know; it
  // gives calls no ids, leaves thinking out of the counts, and shows none of it. In Gemini's own dialect nothing of that is so.
  // Who wants that path sets GEMINI_API_BASE to it and GEMINI_DIALECT to openai-chat.
  speaks: { ...speaks, embed: [...(speaks.embed ?? []), ...chatAndEmbed.embed.map(asOpenAi)] },
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
