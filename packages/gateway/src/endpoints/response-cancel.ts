/** `POST /v1/responses/{id}/cancel`: nothing runs in the background here, so there is nothing to cancel. */
import { refuse } from '../domain/failure.ts'
import type { OwnEndpoint } from './endpoint.ts'
import { keptResponse } from './response-kept.ts'

export const responseCancel: OwnEndpoint = {
  kind: 'own',
  method: 'POST',
  path: '/responses/{id}/cancel',
  access: 'key',
  answer: async (call, rooms, id) => {
    await keptResponse(call, rooms, id)
    throw refuse('bad-request', 'Only answers that are made in the background can be cancelled, and this one is complete.', {
      param: 'response_id',
    })
  },
}
