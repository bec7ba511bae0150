/** A key that cannot be used, found out before the provider was asked. */
import { RefusedCall } from '../domain/failure.ts'
import type { FailureReason } from '../domain/failure.ts'

/** @param message must not hold any part of the key. */
export function refuseKey(message: string, reason: FailureReason = 'key-rejected'): RefusedCall {
  return new RefusedCall({ reason, message, sent: 'no' })
}
