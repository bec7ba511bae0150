/** From a pursuit without an answer to what the caller is told: its own error as it is, or the table of what was tried. */
import { remedies } from '@keywheel/keyring'
import type { Attempt, Pursued } from '@keywheel/keyring'
import { RefusedCall } from '../domain/failure.ts'
import type { Failure, FailureReason } from '../domain/failure.ts'
import type { Secret } from '../domain/secret.ts'
import type { UpstreamAnswer } from '../upstream/answers.ts'
import type { PlannedTarget, RoutePlan } from '../routing/plan.ts'

export type FailedPursuit = Extract<Pursued<PlannedTarget, Secret | undefined, UpstreamAnswer>, { kind: 'failed' }>

/** The caller's own doing: the provider's explanation is what helps, not the list of keys. */
const callersOwn: ReadonlySet<FailureReason> = new Set([
  'bad-request',
  'too-large',
  'context-too-long',
  'unsupported',
  'content-refused',
  'unknown-model',
  'not-allowed',
  'cancelled',
  'model-missing',
])
const timeouts: ReadonlySet<FailureReason> = new Set(['timed-out', 'deadline-passed', 'stalled'])

export function explainFailure(pursued: FailedPursuit, plan: RoutePlan): RefusedCall {
  const { failure } = pursued
  if (callersOwn.has(failure.reason)) return new RefusedCall(failure)
  const type = timeouts.has(failure.reason) ? 'proxy_timeout' : 'proxy_all_credentials_exhausted'
  return new RefusedCall(
    { ...failure, message: messageOf(pursued, plan) },
    { type, headers: retryHeaders(pursued), details: detailsOf(pursued, plan, type === 'proxy_timeout') },
  )
}

function messageOf({ failure, attempts }: FailedPursuit, plan: RoutePlan): string {
  const tried =
    attempts.length === 0 ? 'no key could be tried' : `${attempts.length} ${attempts.length === 1 ? 'attempt' : 'attempts'} failed`
  return `No provider could answer for \`${plan.asked}\`: ${tried}. ${failure.message}`
}

/** 429 and 503 say when to come back: the soonest key's return, at least a second. The official SDKs prefer the milliseconds. */
function retryHeaders({ failure, refused }: FailedPursuit): string[] {
  const soonest = Math.min(failure.retryAfterMs ?? Infinity, ...refused.map((each) => each.retryAfterMs ?? Infinity))
  const told = failure.retryAfterMs ?? soonest
  const ms = Number.isFinite(told) ? Math.max(1000, Math.ceil(told)) : 1000
  return ['retry-after', String(Math.ceil(ms / 1000)), 'retry-after-ms', String(ms)]
}

function detailsOf({ attempts, refused }: FailedPursuit, plan: RoutePlan, timeout: boolean): Record<string, unknown> {
  return {
    model: plan.asked,
    provider: [...new Set(plan.targets.map((target) => target.pool))].join(', '),
    credentials_tried: new Set(attempts.map((attempt) => `${attempt.pool} ${attempt.keyId}`)).size,
    timeout,
    abnormal_errors: attempts.filter(isAbnormal).map((attempt) => ({
      provider: attempt.pool,
      model: attempt.model,
      credential: attempt.keyLabel,
      error_type: attempt.failure?.reason,
      status_code: attempt.failure?.status,
      message: attempt.failure?.message,
    })),
    normal_error_summary: summaryOf(attempts),
    not_tried: [
      ...refused.map(({ target, why, retryAfterMs }) => ({
        target: target.shownModel,
        why,
        ...(retryAfterMs !== undefined && { retry_after_seconds: Math.ceil(retryAfterMs / 1000) }),
      })),
      ...plan.refused.map(({ shownModel, why }) => ({ target: shownModel, why })),
    ],
  }
}

/** What an operator must look at. */
function isAbnormal(attempt: Attempt): boolean {
  return attempt.failure !== undefined && remedies[attempt.failure.reason].counts === 'abnormal'
}

/** "3 rate-limited, 1 overloaded" */
function summaryOf(attempts: readonly Attempt[]): string {
  const counts = new Map<FailureReason, number>()
  for (const attempt of attempts) if (attempt.failure !== undefined && !isAbnormal(attempt)) count(counts, attempt.failure)
  return [...counts].map(([reason, times]) => `${times} ${reason}`).join(', ')
}

function count(counts: Map<FailureReason, number>, failure: Failure): void {
  counts.set(failure.reason, (counts.get(failure.reason) ?? 0) + 1)
}
