/** Leaves an answer that has reached its caller with those who may need it for a later call. */
import type { Pursued } from '@keywheel/keyring'
import type { Secret } from '../domain/secret.ts'
import type { PlannedTarget } from '../routing/plan.ts'
import type { UpstreamAnswer } from '../upstream/answers.ts'
import type { Accepted } from './call-under-way.ts'
import type { Delivered } from './deliver.ts'

type AnsweredPursuit = Extract<Pursued<PlannedTarget, Secret | undefined, UpstreamAnswer>, { kind: 'answered' }>

/** An answer that broke off, or that its caller did not wait for, is nobody's past. */
export function keepAnswer({ leave }: Accepted, { answer, target, key }: AnsweredPursuit, { ending, passedThrough }: Delivered): void {
  const whole = answer.kind === 'whole' ? answer.body : ending.whole
  if (leave === undefined || whole === undefined || ending.failure !== undefined) return
  leave({ answer: whole, provider: target.pool, keyId: key.id, passedThrough })
}
