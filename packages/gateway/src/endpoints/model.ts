/** `GET /v1/models/{id}`; ids hold slashes. */
import { refuse } from '../domain/failure.ts'
import { writeJson } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'

export const model: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/models/{id}',
  access: 'key',
  answer: async (call, rooms, id) => {
    if (rooms.models.card(id) === undefined) await rooms.models.list()
    const card = rooms.models.card(id)
    if (card === undefined) throw unknown(id, rooms.nearestNames(id))
    writeJson(call, 200, JSON.stringify(card))
  },
}

function unknown(id: string, nearest: readonly string[]): Error {
  const hint = nearest.length === 0 ? 'See GET /v1/models.' : `Did you mean ${nearest.map((name) => `\`${name}\``).join(', ')}?`
  return refuse('unknown-model', `There is no model \`${id}\`. ${hint}`, { param: 'model' })
}
