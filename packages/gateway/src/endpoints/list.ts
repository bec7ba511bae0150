/** Every client-facing path. */
import { chatCompletions } from './chat-completions.ts'
import { completions } from './completions.ts'
import { embeddings } from './embeddings.ts'
import type { Endpoint } from './endpoint.ts'
import { greeting } from './greeting.ts'
import { health } from './health.ts'
import { metrics } from './metrics.ts'
import { model } from './model.ts'
import { models } from './models.ts'
import { providers } from './providers.ts'
import { quotaStats } from './quota-stats.ts'

export const endpoints: readonly Endpoint[] = [
  greeting,
  health,
  metrics,
  models,
  model,
  providers,
  quotaStats,
  chatCompletions,
  completions,
  embeddings,
]
