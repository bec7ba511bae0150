/** `GET /v1/responses/{id}`: an answer that was kept. */
import { refuse } from '../domain/failure.ts'
import { writeJson } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'
import { keptResponse } from './response-kept.ts'

export const responseRetrieve: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/responses/{id}',
  access: 'key',
  answer: async (call, rooms, id) => {
    if (new URLSearchParams(call.query).get('stream') === 'true')
      throw refuse('bad-request', 'A kept answer is not streamed. Leave `stream` out.', { param: 'stream' })
    const { response } = await keptResponse(call, rooms, id)
    writeJson(call, 200, response)
  },
}
