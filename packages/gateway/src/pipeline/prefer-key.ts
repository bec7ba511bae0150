/** Sends a call back to the key that can read what it holds, where that key may answer it at all. */
import type { PlannedTarget, RoutePlan } from '../routing/plan.ts'

/** The same plan where there is nothing to prefer, or the provider is not among its targets. */
export function preferKey(plan: RoutePlan, prefers: RoutePlan['prefers']): RoutePlan {
  if (prefers === undefined) return plan
  const isThere = ({ pool }: PlannedTarget): boolean => pool === prefers.pool
  if (!plan.targets.some(isThere)) return plan
  return { ...plan, prefers, targets: [...plan.targets.filter(isThere), ...plan.targets.filter((target) => !isThere(target))] }
}
