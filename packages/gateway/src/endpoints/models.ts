/** `GET /v1/models`: virtual models, aliases, and what the providers offer, from memory. */
import { writeJson } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'

export const models: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/models',
  access: 'key',
  answer: async (call, rooms) => {
    const data = await rooms.models.list()
    writeJson(call, 200, JSON.stringify({ object: 'list', data }))
  },
}
