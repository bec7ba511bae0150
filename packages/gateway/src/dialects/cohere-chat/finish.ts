/** Why a model of Cohere's stopped. */
import type { Failure } from '../../domain/failure.ts'
import type { Finish } from '../canonical/answer.ts'
import { streamErrorFailure } from '../stream-error.ts'

const finishes: Readonly<Record<string, Finish>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop-sequence',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-calls',
  ERROR_TOXIC: 'content-filter',
}

export function finishOf(reason: string, calls: boolean): Finish {
  const told = finishes[reason] ?? 'other'
  return calls && told !== 'length' && told !== 'content-filter' ? 'tool-calls' : told
}

/** An answer that ends with an error is none, whatever came before. @param error what Cohere says of it. */
export function finishFailure(reason: string, error: unknown): Failure | undefined {
  if (reason === 'TIMEOUT') return { reason: 'timed-out', message: 'The provider ran out of time.', sent: 'yes' }
  if (reason !== 'ERROR') return undefined
  if (typeof error !== 'string' || error === '')
    return { reason: 'upstream-broken', message: 'The provider ended the answer with an error.', sent: 'yes' }
  return streamErrorFailure(JSON.stringify({ message: error }))
}
