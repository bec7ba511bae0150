/** Dialects that providers speak and no caller does: there is nothing to pass through, and nothing is written for a caller. */
import { refuse } from '../domain/failure.ts'
import type { Dialect } from './dialect.ts'
import { writeOpenAiFailure, writeOpenAiStreamFailure } from './openai/failure.ts'

type Spoken = Pick<Dialect, 'name' | 'operation' | 'readFailure' | 'streamType' | 'provider' | 'embeddingProvider'>

export function providerOnly(spoken: Spoken): Dialect {
  const refuseToPass = (): never => {
    throw refuse('unsupported', `${spoken.name} is not offered to callers.`)
  }
  return {
    ...spoken,
    sketch: refuseToPass,
    writeRequest: refuseToPass,
    readAnswer: refuseToPass,
    writeFailure: writeOpenAiFailure,
    writeStreamFailure: writeOpenAiStreamFailure,
    terminator: Buffer.alloc(0),
  }
}
