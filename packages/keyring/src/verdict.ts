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

const theCallers: Remedy = { rest: 'nobody', restFor: 'none', next: 'give-up', counts: 'not' }
const ours: Remedy = theCallers
const anotherMayDo: Remedy = { rest: 'nobody', restFor: 'none', next: 'other-target', counts: 'not' }
// `rest: 'target'` counts the fault with the key's model and with the target; each rests once its own count is full.
const fault: Remedy = { rest: 'target', restFor: 'hint-or-growing', next: 'same-key', counts: 'normal' }

/** What follows from each failure: the one place where this is decided. */
export const remedies: Readonly<Record<FailureReason, Remedy>> = {
  'bad-request': theCallers,
  'too-large': theCallers,
  // A model with a longer context or more abilities may answer what this one cannot.
  'context-too-long': anotherMayDo,
  unsupported: anotherMayDo,
  'content-refused': theCallers,
  'unknown-model': theCallers,
  'not-allowed': theCallers,
  cancelled: theCallers,
  unauthorized: ours,
  'limit-reached': ours,
  'budget-spent': ours,
  'queue-full': ours,
  'nobody-fit': ours,
  'deadline-passed': ours,
  'shutting-down': ours,
  'key-rejected': { rest: 'key', restFor: 'until-tested', next: 'other-key', counts: 'abnormal' },
  // Often the permission for one model only, so the key's other models go on.
  'key-forbidden': { rest: 'key-and-model', restFor: 'long', next: 'other-key', counts: 'abnormal' },
  'rate-limited': { rest: 'key-and-model', restFor: 'hint-or-growing', next: 'other-key', counts: 'normal' },
  'quota-exhausted': { rest: 'key-and-model', restFor: 'until-reset', next: 'other-key', counts: 'normal' },
  billing: { rest: 'key', restFor: 'long', next: 'other-key', counts: 'abnormal' },
  'model-missing': anotherMayDo,
  // A repeat with the same key adds to the load that caused it.
  overloaded: { ...fault, next: 'other-key' },
  'upstream-broken': fault,
  unreachable: fault,
  'not-sent': fault,
  // Who has waited that long is not made to wait as long again for the same provider.
  'timed-out': { ...fault, next: 'other-target' },
  stalled: fault,
  truncated: fault,
  'bad-answer': fault,
}

/** Whether the provider or the network broke, so that breakers count it. */
export function isFault(reason: FailureReason): boolean {
  return remedies[reason].rest === 'target'
}

/** Refusals that pass by themselves as a limit is full again. */
export const limitReasons: ReadonlySet<FailureReason> = new Set<FailureReason>(['rate-limited', 'quota-exhausted'])
