/** Every provider that the gateway knows by itself. A new one is a file beside this one and a line here. */
import type { ProviderName } from '../../domain/names.ts'
import type { Provider } from '../provider.ts'
import { anthropic } from './anthropic.ts'
import { bedrock } from './bedrock.ts'
import { cerebras } from './cerebras.ts'
import { cohere } from './cohere.ts'
import { deepseek } from './deepseek.ts'
import { fireworks } from './fireworks.ts'
import { gemini } from './gemini.ts'
import { groq } from './groq.ts'
import { mistral } from './mistral.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'
import { together } from './together.ts'
import { xai } from './xai.ts'

/** In the order in which lists show them. */
export const catalogue: readonly Provider[] = [
  openai,
  anthropic,
  bedrock,
  cohere,
  groq,
  gemini,
  mistral,
  openrouter,
  deepseek,
  xai,
  cerebras,
  together,
  fireworks,
  ollama,
]

const byName: ReadonlyMap<ProviderName, Provider> = new Map(catalogue.map((provider) => [provider.name, provider]))

/** The catalogue's entry of that name. */
export function findProvider(name: ProviderName): Provider | undefined {
  return byName.get(name)
}
