/** `GET /api/providers/history?hours=` and `…/history/{provider}?hours=`: how providers were, the oldest first. */
import { writeJson } from '../../http/write-reply.ts'
import type { OwnEndpoint } from '../endpoint.ts'
import { mustKnow, neverStored, rowDocument, sinceIn } from './documents.ts'

/** Providers without any row in that time are left out. */
export const providersHistory: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/providers/history',
  access: 'key',
  rootOnly: true,
  answer: async (call, { health, wallNow }) => {
    const rows = await health.history(sinceIn(call.query, wallNow()))
    const byProvider = Object.fromEntries(
      [...Map.groupBy(rows, ({ provider }) => provider)].map(([provider, own]) => [provider, own.map(rowDocument)]),
    )
    writeJson(call, 200, JSON.stringify(byProvider), neverStored)
  },
}

export const providerHistory: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/providers/history/{id}',
  access: 'key',
  rootOnly: true,
  answer: async (call, { health, wallNow }, name) => {
    mustKnow(health, name)
    const rows = await health.history(sinceIn(call.query, wallNow()), name)
    writeJson(call, 200, JSON.stringify(rows.map(rowDocument)), neverStored)
  },
}
