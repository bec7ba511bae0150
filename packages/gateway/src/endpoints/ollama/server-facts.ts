/** `GET /api/version` and `GET /api/ps`: what Ollama's clients look at before they ask. */
import { writeJson } from '../../http/write-reply.ts'
import type { OwnEndpoint } from '../endpoint.ts'

/** The Ollama whose interface is served; clients refuse to talk to one that is too old for them. */
const ollamaVersion = '0.13.0'

export const ollamaVersionFact: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/version',
  access: 'key',
  rootOnly: true,
  answer: (call) => writeJson(call, 200, JSON.stringify({ version: ollamaVersion })),
}

/** Nothing is loaded here. */
export const ollamaLoaded: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/ps',
  access: 'key',
  rootOnly: true,
  answer: (call) => writeJson(call, 200, JSON.stringify({ models: [] })),
}
