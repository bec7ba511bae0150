/** `GET /` and `HEAD /`: something answers here. Clients ask before they have a key. */
import { writeJson } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'

export const greeting: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/',
  access: 'open',
  rootOnly: true,
  answer: (call, { version, homepage }) => writeJson(call, 200, JSON.stringify({ name: 'Keywheel', status: 'ok', version, homepage })),
}
