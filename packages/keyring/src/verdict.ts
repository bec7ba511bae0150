/** Why an attempt failed, and what follows from it: one closed list of reasons, one table of remedies. */
import type { Millis } from './clock.ts'

export const failureReasons = [
  // The caller's own: a repeat with another key would fail the same way, and no key is to blame.
  'bad-request',
  'too-large',
  'context-too-long',
  'unsupported',
  'content-refused',
  'unknown-model',
  'not-allowed',
  'cancelled',
  // Refused before any provider was asked.
  'unauthorized',
  'limit-reached',
  'budget-spent',
  'queue-full',
  'nobody-fit',
  'deadline-passed',
  'shutting-down',
  // A key's.
  'key-rejected',
  'key-forbidden',
  'rate-limited',
  'quota-exhausted',
  'billing',
  // A target's or the network's.
  'model-missing',
  'overloaded',
  'upstream-broken',
  'unreachable',
  'not-sent',
  'timed-out',
  'stalled',
  'truncated',
  'bad-answer',
] as const

export type FailureReason = (typeof failureReasons)[number]

export interface Failure {
  readonly reason: FailureReason
  /** For people; already scrubbed: no key, no stack. */
  readonly message: string
  /** The HTTP status that the provider sent, if it sent one. */
  readonly status?: number
  /** How long the provider asked us to stay away; already clamped. */
  readonly retryAfterMs?: Millis
  /** Whether the request may have reached the provider: decides whether a repeat can cost twice. */
  readonly sent: 'no' | 'maybe' | 'yes'
}

/** What rests, for how long, and what is tried next. */
export interface Remedy {
  readonly rest: 'nobody' | 'key-and-model' | 'key' | 'target'
  readonly restFor: 'hint-or-growing' | 'until-reset' | 'long' | 'until-tested' | 'none'
  /** Each falls through to the following ones when it runs out: same-key, other-key, other-target, give-up. */
  readonly next: 'give-up' | 'same-key' | 'other-key' | 'other-target'
  /** Abnormal failures are what an operator must look at; normal ones are part of a pool's daily life. */
  readonly counts: 'abnormal' | 'normal' | 'not'
}
