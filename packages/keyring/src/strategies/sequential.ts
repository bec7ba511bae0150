/** Drains one key before the next, which keeps the provider's prompt cache warm. */
import type { Candidate, Strategy } from '../strategy.ts'

/** The most used key, and among equals the one used last. */
export const sequential: Strategy = {
  staysOnKey: true,
  choose<T extends Candidate>(fit: readonly T[]): T | undefined {
    let best: T | undefined
    for (const candidate of fit) {
      if (best === undefined || isFurtherDrained(candidate, best)) best = candidate
    }
    return best
  },
}

function isFurtherDrained(one: Candidate, other: Candidate): boolean {
  if (one.usage !== other.usage) return one.usage > other.usage
  return one.lastChosen > other.lastChosen
}
