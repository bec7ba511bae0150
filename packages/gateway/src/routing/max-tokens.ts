/** How long an answer a caller may ask for. */
import type { PlannedTarget, RoutePlan } from './plan.ts'

/** When neither the owner nor the catalogue knows better. */
const unknownCeiling = 32_768

/** The most that is accepted: the owner's limit, else the largest that is known among the targets. */
export function ceilingOf(plan: Pick<RoutePlan, 'targets'>, limit?: number): number {
  if (limit !== undefined) return limit
  const known = plan.targets.map((target) => target.known?.maxOutputTokens).filter((tokens) => tokens !== undefined)
  return known.length === 0 ? unknownCeiling : Math.max(...known)
}

/** The target's own limit when that is smaller than what was asked for; undefined: send it on as it is. */
export function targetLimit(target: Pick<PlannedTarget, 'known'>, asked: number): number | undefined {
  const most = target.known?.maxOutputTokens
  return most !== undefined && most < asked ? most : undefined
}
