/** The answer length that each target is asked for. */
import type { Sketch } from '../dialects/dialect.ts'
import { targetLimit } from '../routing/max-tokens.ts'
import type { PlannedTarget } from '../routing/plan.ts'
import type { AttemptCall } from '../upstream/attempt.ts'

/** A target that gives less than was asked for is asked for what it gives. */
export function maxTokensFor({ maxTokens }: Sketch): AttemptCall['maxTokensFor'] {
  return (target) => lowered(target, maxTokens)
}

/** undefined: as asked. */
export function lowered(target: Pick<PlannedTarget, 'known'>, maxTokens: number | undefined): number | undefined {
  return maxTokens === undefined ? undefined : targetLimit(target, maxTokens)
}
