/** `GET /v1/models/{id}`; ids hold slashes. */
import { refuse } from '../domain/failure.ts'
import type { ModelCard } from '../fleet/model-cards.ts'
import { writeJson } from '../http/write-reply.ts'
import { anthropicModel, asksAsAnthropic, withoutPrefix } from './anthropic-models.ts'
import type { OwnEndpoint, OwnRooms } from './endpoint.ts'
import { asksAsGemini, showGeminiModel } from './gemini/models.ts'
import { wantsMore } from './models.ts'

export const model: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/models/{id}',
  access: 'key',
  answer: async (call, rooms, id) => {
    if (asksAsGemini(call.request.headers)) return showGeminiModel(call, rooms, id)
    const isAnthropic = asksAsAnthropic(call.request.headers)
    const names = isAnthropic ? [id, withoutPrefix(id)] : [id]
    const card = find(rooms, names) ?? (await rooms.models.list().then(() => find(rooms, names)))
    if (card === undefined) throw unknown(id, rooms.nearestNames(id))
    if (isAnthropic) writeJson(call, 200, JSON.stringify(anthropicModel(card, id)), ['request-id', call.id])
    else writeJson(call, 200, JSON.stringify(wantsMore(call.query) ? await rooms.facts.enrich(card) : card))
  },
}

function find({ models }: OwnRooms, names: readonly string[]): ModelCard | undefined {
  return names.map((name) => models.card(name)).find((card) => card !== undefined)
}

function unknown(id: string, nearest: readonly string[]): Error {
  const hint = nearest.length === 0 ? 'See GET /v1/models.' : `Did you mean ${nearest.map((name) => `\`${name}\``).join(', ')}?`
  return refuse('unknown-model', `There is no model \`${id}\`. ${hint}`, { param: 'model' })
}
