/** `POST /api/providers/refresh?provider=`: probes one provider or all now, and tells how they are then. */
import { writeJson } from '../../http/write-reply.ts'
import type { OwnEndpoint } from '../endpoint.ts'
import { mustKnow, neverStored, statusesDocument } from './documents.ts'

export const refreshProviders: OwnEndpoint = {
  kind: 'own',
  method: 'POST',
  path: '/api/providers/refresh',
  access: 'key',
  rootOnly: true,
  answer: async (call, { health }) => {
    const provider = new URLSearchParams(call.query).get('provider') ?? undefined
    if (provider !== undefined) mustKnow(health, provider)
    const probed = await health.refresh(provider)
    writeJson(call, 200, JSON.stringify({ probed, ...statusesDocument(health.snapshot()) }), neverStored)
  },
}
