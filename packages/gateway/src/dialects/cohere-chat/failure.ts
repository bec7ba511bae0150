/** Cohere's errors: `{"id", "message"}`, sometimes with an `error_type`. */
import type { ProviderFailure } from '../../domain/failure.ts'
import type { ErrorAnswer } from '../dialect.ts'
import { readProviderFailure } from '../provider-failure.ts'

/** A trial key has so many calls a month: waiting a minute does not help. */
const monthly = /calls? \/ month|per month|monthly/i
/** Cohere's own, for a request that it gave up on. */
const cancelledStatus = 499

export function readCohereFailure(answer: ErrorAnswer): ProviderFailure {
  const failure = readProviderFailure(answer)
  if (answer.status === cancelledStatus) return { ...failure, reason: 'upstream-broken' }
  if (failure.reason === 'rate-limited' && monthly.test(failure.message)) return { ...failure, reason: 'quota-exhausted' }
  return failure
}
