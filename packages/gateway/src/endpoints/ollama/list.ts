/** Everything that Ollama's clients ask for. */
import type { Endpoint } from '../endpoint.ts'
import { ollamaOperations } from './generate.ts'
import { ollamaShow, ollamaTags } from './models.ts'
import { ollamaLoaded, ollamaVersionFact } from './server-facts.ts'

export const ollamaEndpoints: readonly Endpoint[] = [...ollamaOperations, ollamaTags, ollamaShow, ollamaVersionFact, ollamaLoaded]
