/** Everything that Gemini's clients ask for. */
import type { Endpoint } from '../endpoint.ts'
import { geminiModel, geminiModels } from './models.ts'
import { geminiOperations } from './operations.ts'

export const geminiEndpoints: readonly Endpoint[] = [...geminiOperations, geminiModels, geminiModel]
