/**
 * KoboldAI's and KoboldCpp's own interface, as callers speak it: `POST /api/v1/generate` and `POST /api/extra/generate/stream`. No
 * provider is asked in it.
 */
import type { CheckedAnswer, Dialect } from '../dialect.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { writeKoboldFailure, writeKoboldStreamFailure } from './failure.ts'
import { readKoboldRequest } from './read-request.ts'
import { sketchKobold } from './sketch.ts'
import { stopsIn } from './stops.ts'
import { KoboldWriter, tokenEvent, writeKoboldAnswer } from './write-answer.ts'

const notSpoken: CheckedAnswer = {
  usage: undefined,
  failure: { reason: 'bad-answer', message: 'No provider is asked in this dialect.', sent: 'yes' },
}

export const kobold: Dialect = {
  name: 'kobold',
  operation: 'chat',
  sketch: sketchKobold,
  writeRequest: ({ bytes }) => bytes,
  readAnswer: () => notSpoken,
  readFailure: readProviderFailure,
  writeFailure: writeKoboldFailure,
  writeStreamFailure: writeKoboldStreamFailure,
  // Also what a stream ends with that its caller has ended.
  terminator: Buffer.from(tokenEvent('', 'stop')),
  caller: {
    readRequest: readKoboldRequest,
    stopsHere: stopsIn,
    writeAnswer: writeKoboldAnswer,
    openWriter: (ask) => new KoboldWriter(ask),
  },
}
