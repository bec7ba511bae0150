/** Everything that KoboldAI's and KoboldCpp's clients ask for. */
import type { Endpoint } from '../endpoint.ts'
import { koboldGenerate } from './generate.ts'
import { koboldRunning } from './running.ts'
import { koboldFacts } from './server-facts.ts'
import { koboldTokenCount } from './token-count.ts'

export const koboldEndpoints: readonly Endpoint[] = [...koboldGenerate, ...koboldRunning, ...koboldFacts, koboldTokenCount]
