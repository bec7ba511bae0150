/** `GET /v1/models`: virtual models, aliases, and what the providers offer, from memory. */
import type { EnrichedCard } from '../fleet/enriched-card.ts'
import type { ModelCard } from '../fleet/model-cards.ts'
import type { ModelFacts } from '../fleet/model-facts.ts'
import { writeJson } from '../http/write-reply.ts'
import { anthropicPage, asksAsAnthropic } from './anthropic-models.ts'
import type { OwnEndpoint } from './endpoint.ts'
import { asksAsGemini, listGeminiModels } from './gemini/models.ts'

export const models: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/models',
  access: 'key',
  answer: async (call, rooms) => {
    if (asksAsGemini(call.request.headers)) return listGeminiModels(call, rooms)
    const data = await rooms.models.list()
    const isAnthropic = asksAsAnthropic(call.request.headers)
    const cards = wantsMore(call.query) && !isAnthropic ? await enrichAll(rooms.facts, data) : data
    const body = isAnthropic ? anthropicPage(data, call.query) : { object: 'list', data: cards }
    writeJson(call, 200, JSON.stringify(body), isAnthropic ? ['request-id', call.id] : [])
  },
}

/** `?enriched=true`: with limits, abilities and prices. */
export function wantsMore(query: string): boolean {
  return new URLSearchParams(query).get('enriched') === 'true'
}

/** One after the other: the first of each provider waits for its data, the others find them. */
async function enrichAll(facts: ModelFacts, cards: readonly ModelCard[]): Promise<readonly EnrichedCard[]> {
  const enriched: EnrichedCard[] = []
  for (const card of cards) enriched.push(await facts.enrich(card))
  return enriched
}
