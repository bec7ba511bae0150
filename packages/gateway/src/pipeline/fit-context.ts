/** Puts targets that cannot hold the prompt behind those that can, so that nobody is asked what he must refuse. */
import type { Sketch } from '../dialects/dialect.ts'
import type { PlannedTarget, RoutePlan } from '../routing/plan.ts'

/**
 * Ordinary text has 2 to 5 bytes a token, code with deep indentation up to 9. A rough measure may only sort out what is far too
 * long: what is near is for the provider to judge, and nobody is ruled out, only asked later.
 */
const mostBytesPerToken = 12

/** Media are many bytes and few tokens. */
const inlineMedia = 'base64'
/** Shorter prompts fit everywhere; this is the smallest window that is still worth a look. */
const smallestBytes = 4096 * mostBytesPerToken

/** The same plan where every target may fit, or none does: then the provider's own words are the best explanation. */
export function fitContext(plan: RoutePlan, { bytes }: Sketch): RoutePlan {
  if (plan.targets.length < 2 || bytes.length < smallestBytes || bytes.includes(inlineMedia)) return plan
  const tooSmall = plan.targets.filter((target) => isTooSmall(target, bytes.length))
  if (tooSmall.length === 0 || tooSmall.length === plan.targets.length) return plan
  return { ...plan, targets: [...plan.targets.filter((target) => !tooSmall.includes(target)), ...tooSmall] }
}

function isTooSmall({ known }: PlannedTarget, bytes: number): boolean {
  return known?.contextTokens !== undefined && bytes > known.contextTokens * mostBytesPerToken
}
