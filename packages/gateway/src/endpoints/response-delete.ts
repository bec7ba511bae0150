/** `DELETE /v1/responses/{id}`: a kept answer is forgotten, and with it the conversations that go on from it. */
import { writeJson } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'
import { notKept } from './response-kept.ts'

export const responseDelete: OwnEndpoint = {
  kind: 'own',
  method: 'DELETE',
  path: '/responses/{id}',
  access: 'key',
  answer: async (call, { responses, callerOf }, id) => {
    if ((await responses?.delete(callerOf(call), id)) !== true) throw notKept(id)
    writeJson(call, 200, JSON.stringify({ id, object: 'response', deleted: true }))
  },
}
