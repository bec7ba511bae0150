/** Spreads calls over keys: the less a key was used today, the likelier it is chosen. */
import type { Candidate, Strategy, StrategyAsk } from '../strategy.ts'

const lowestWeight = 0.1

/** Weighted chance; tolerance 0 takes strictly the least used key. */
export const balanced: Strategy = {
  staysOnKey: false,
  choose: (fit, ask) => (ask.tolerance === 0 ? leastUsed(fit) : weighted(fit, ask)),
}

function leastUsed<T extends Candidate>(fit: readonly T[]): T | undefined {
  let best: T | undefined
  for (const candidate of fit) {
    if (best === undefined || isLessUsed(candidate, best)) best = candidate
  }
  return best
}

function isLessUsed(one: Candidate, other: Candidate): boolean {
  if (one.usage !== other.usage) return one.usage < other.usage
  return one.owner.inFlight < other.owner.inFlight
}

function weighted<T extends Candidate>(fit: readonly T[], { tolerance, chance }: StrategyAsk): T | undefined {
  let mostUsed = 0
  for (const { usage } of fit) mostUsed = Math.max(mostUsed, usage)
  let sum = 0
  for (const { usage } of fit) sum += weight(usage, mostUsed, tolerance)
  let point = chance() * sum
  for (const candidate of fit) {
    point -= weight(candidate.usage, mostUsed, tolerance)
    if (point < 0) return candidate
  }
  return fit.at(-1)
}

function weight(usage: number, mostUsed: number, tolerance: number): number {
  return Math.max(mostUsed - usage + tolerance + 1, lowestWeight)
}
