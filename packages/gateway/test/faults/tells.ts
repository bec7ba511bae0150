/** What each client is told when every key has failed: written out, so that a change of the tables in the dialects is noticed. */
import type { Speech } from './ways.ts'

export type ToldReason =
  | 'bad-answer'
  | 'upstream-broken'
  | 'truncated'
  | 'unreachable'
  | 'timed-out'
  | 'overloaded'
  | 'rate-limited'
  | 'key-rejected'
  | 'billing'

export interface Tells {
  readonly status: number
  readonly type: string
  /** Anthropic's errors have none. */
  readonly code: string | undefined
}

const openAi: Readonly<Record<ToldReason, readonly [number, string]>> = {
  'bad-answer': [502, 'provider_bad_answer'],
  'upstream-broken': [502, 'provider_error'],
  truncated: [502, 'answer_truncated'],
  unreachable: [503, 'provider_unreachable'],
  'timed-out': [504, 'timeout'],
  overloaded: [503, 'provider_overloaded'],
  'rate-limited': [429, 'rate_limit_exceeded'],
  'key-rejected': [503, 'provider_key_rejected'],
  billing: [503, 'provider_out_of_credit'],
}

const anthropic: Readonly<Record<ToldReason, readonly [number, string]>> = {
  'bad-answer': [500, 'api_error'],
  'upstream-broken': [500, 'api_error'],
  truncated: [500, 'api_error'],
  unreachable: [503, 'api_error'],
  'timed-out': [504, 'timeout_error'],
  overloaded: [529, 'overloaded_error'],
  'rate-limited': [429, 'rate_limit_error'],
  'key-rejected': [502, 'api_error'],
  billing: [402, 'billing_error'],
}

export function tellsOf(client: Speech, reason: ToldReason): Tells {
  if (client === 'anthropic') return { status: anthropic[reason][0], type: anthropic[reason][1], code: undefined }
  const type = reason === 'timed-out' ? 'proxy_timeout' : 'proxy_all_credentials_exhausted'
  return { status: openAi[reason][0], type, code: openAi[reason][1] }
}
