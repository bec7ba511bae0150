/**
 * `GET /v1/responses`: Codex asks here for a WebSocket first. 426 is the one answer upon which it turns to HTTPS at once; upon any
 * other it tries seven times.
 */
import { refuse } from '../domain/failure.ts'
import type { OwnEndpoint } from './endpoint.ts'

export const responsesUpgrade: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/responses',
  access: 'open',
  answer: ({ request }) => {
    if (request.headers.upgrade === undefined)
      throw refuse('bad-request', 'GET is not allowed here. Use POST.', {
        status: 405,
        code: 'method_not_allowed',
        headers: ['allow', 'POST, OPTIONS'],
      })
    throw refuse('bad-request', 'WebSockets are not offered here. Send a POST and let the answer be streamed.', {
      status: 426,
      code: 'upgrade_required',
      headers: ['upgrade', 'HTTP/1.1', 'connection', 'close, upgrade'],
    })
  },
}
