/** `GET /metrics`: Prometheus text. With a key, since it names providers and volumes. */
import { writeBody } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'

export const metrics: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/metrics',
  access: 'key',
  rootOnly: true,
  answer: async (call, rooms) => {
    const { contentType, text } = await rooms.metrics()
    writeBody(call, 200, text, ['content-type', contentType, 'cache-control', 'no-store'])
  },
}
