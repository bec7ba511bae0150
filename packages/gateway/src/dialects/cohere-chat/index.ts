/** Chat as Cohere's own API has it, version 2: `POST /v2/chat`. https://docs.cohere.com/reference/chat */
import type { Dialect } from '../dialect.ts'
import { providerOnly } from '../provider-only.ts'
import { readCohereAnswer } from './answer.ts'
import { readCohereFailure } from './failure.ts'
import { writeCohereRequest } from './request.ts'
import { CohereReader } from './stream.ts'

export const cohereChat: Dialect = providerOnly({
  name: 'cohere-chat',
  operation: 'chat',
  readFailure: readCohereFailure,
  provider: {
    // Cohere takes five; the gateway watches for all of them beside.
    watchesStop: true,
    writeRequest: writeCohereRequest,
    readAnswer: (body, origin, _target, request) => readCohereAnswer(body, origin, request),
    openReader: (origin, _target, request) => new CohereReader(origin, request),
  },
})
