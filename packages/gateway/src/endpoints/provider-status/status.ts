/** `GET /api/providers/status` and `…/status/{provider}`: how each provider is at this moment. */
import { writeJson } from '../../http/write-reply.ts'
import type { OwnEndpoint } from '../endpoint.ts'
import { mustKnow, neverStored, statusDocument, statusesDocument } from './documents.ts'

export const providersStatus: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/providers/status',
  access: 'key',
  rootOnly: true,
  answer: (call, { health }) => writeJson(call, 200, JSON.stringify(statusesDocument(health.snapshot())), neverStored),
}

export const providerStatus: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/providers/status/{id}',
  access: 'key',
  rootOnly: true,
  answer: (call, { health }, name) => {
    mustKnow(health, name)
    const found = health.snapshot().providers.filter(({ provider }) => provider === name)
    for (const each of found) writeJson(call, 200, JSON.stringify({ provider_name: name, ...statusDocument(each) }), neverStored)
  },
}
