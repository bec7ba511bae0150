/** Every client-facing path. */
import { chatCompletions } from './chat-completions.ts'
import { completions } from './completions.ts'
import { embeddings } from './embeddings.ts'
import { countTokens } from './count-tokens.ts'
import type { Endpoint } from './endpoint.ts'
import { geminiEndpoints } from './gemini/list.ts'
import { greeting } from './greeting.ts'
import { health } from './health.ts'
import { koboldEndpoints } from './kobold/list.ts'
import { ollamaEndpoints } from './ollama/list.ts'
import { messages } from './messages.ts'
import { metrics } from './metrics.ts'
import { model } from './model.ts'
import { models } from './models.ts'
import { providerStatusEndpoints } from './provider-status/list.ts'
import { providers } from './providers.ts'
import { changeQuotas, quotaStats } from './quota-stats.ts'
import { responseCancel } from './response-cancel.ts'
import { responseDelete } from './response-delete.ts'
import { responseInputItems } from './response-input-items.ts'
import { responseRetrieve } from './response-retrieve.ts'
import { responses } from './responses.ts'
import { responsesUpgrade } from './responses-upgrade.ts'
import { moderations } from './moderations.ts'
import { imagesGenerations } from './images-generations.ts'
import { imagesEdits } from './images-edits.ts'
import { audioSpeech } from './audio-speech.ts'
import { audioTranscriptions } from './audio-transcriptions.ts'
import { audioTranslations } from './audio-translations.ts'
import { rerank, rerankV2 } from './rerank.ts'
import { costEstimate } from './cost-estimate.ts'
import { tokenCount } from './token-count.ts'

export const endpoints: readonly Endpoint[] = [
  greeting,
  health,
  metrics,
  models,
  model,
  providers,
  quotaStats,
  changeQuotas,
  tokenCount,
  costEstimate,
  chatCompletions,
  completions,
  embeddings,
  messages,
  countTokens,
  responses,
  responsesUpgrade,
  responseRetrieve,
  responseDelete,
  responseInputItems,
  responseCancel,
  moderations,
  imagesGenerations,
  imagesEdits,
  audioSpeech,
  audioTranscriptions,
  audioTranslations,
  rerank,
  rerankV2,
  ...providerStatusEndpoints,
  ...geminiEndpoints,
  ...koboldEndpoints,
  ...ollamaEndpoints,
]
