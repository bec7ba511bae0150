/** Refuses an answer length that no target could give, before anybody is asked. */
import type { Sketch } from '../dialects/dialect.ts'
import { refuse } from '../domain/failure.ts'
import { ceilingOf } from '../routing/max-tokens.ts'
import type { RoutePlan } from '../routing/plan.ts'

/** @throws RefusedCall 400 naming the field. @param limit the owner's own ceiling, if any. */
export function checkMaxTokens(sketch: Sketch, plan: RoutePlan, limit: number | undefined): void {
  if (sketch.maxTokens === undefined) return
  const ceiling = ceilingOf(plan, limit)
  if (sketch.maxTokens <= ceiling) return
  const param = sketch.maxTokensFields[0]?.key ?? 'max_tokens'
  throw refuse('bad-request', `\`${param}\` is ${sketch.maxTokens}, but \`${sketch.model}\` gives at most ${ceiling}. Ask for less.`, {
    param,
  })
}
