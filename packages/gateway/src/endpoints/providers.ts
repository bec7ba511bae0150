/** `GET /v1/providers`: who can be asked, and with how many keys. */
import { writeJson } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'

export const providers: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/providers',
  access: 'key',
  answer: (call, rooms) => {
    const standings = new Map(rooms.models.standings().map((standing) => [standing.provider, standing]))
    const data = rooms.providers.map(({ name, title, baseUrl, keys, rotation }) => ({
      id: name,
      object: 'provider',
      name: title,
      base_url: baseUrl,
      keys,
      rotation_mode: rotation,
      models: standings.get(name)?.models ?? 0,
    }))
    writeJson(call, 200, JSON.stringify({ object: 'list', data }))
  },
}
