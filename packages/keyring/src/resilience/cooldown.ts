/** How long something rests: a provider's hint where there is one, else a length that grows with each repeat. */
import type { Chance, Millis } from '../clock.ts'
import { remedies } from '../verdict.ts'
import type { Failure, Remedy } from '../verdict.ts'

/** A rest to begin: its length in milliseconds, and who said so. */
export interface RestLength {
  readonly forMs: Millis
  readonly source: 'hint' | 'growing'
}

const second = 1000
const hour = 3600 * second

/** Rests of a key's model after 3, 4, 5 … faults in a row, in milliseconds. */
const faultRestsMs: readonly Millis[] = [10 * second, 30 * second, 60 * second, 120 * second, 300 * second]

/** Faults in a row before anything rests for them (R7). */
export const faultsBeforeRest = 3

interface Growth {
  readonly firstMs: Millis
  readonly capMs: Millis
  readonly hint: 'decides' | 'lengthens'
  readonly hintCapMs: Millis
}

const growths: Readonly<Record<Remedy['restFor'], Growth>> = {
  'hint-or-growing': { firstMs: 60 * second, capMs: 300 * second, hint: 'decides', hintCapMs: hour },
  // A quota may come back only at midnight, so its hint may say up to a day.
  'until-reset': { firstMs: 60 * second, capMs: hour, hint: 'decides', hintCapMs: 24 * hour },
  long: { firstMs: 300 * second, capMs: hour, hint: 'lengthens', hintCapMs: hour },
  'until-tested': { firstMs: 300 * second, capMs: hour, hint: 'lengthens', hintCapMs: hour },
  none: { firstMs: 0, capMs: 0, hint: 'lengthens', hintCapMs: 0 },
}

/** The rest after a refusal of a key; `repeats` counts the rests before it without a success between. */
export function refusalRest(failure: Failure, repeats: number, chance: Chance): RestLength {
  const growth = growths[remedies[failure.reason].restFor]
  const growingMs = jittered(doubled(growth.firstMs, repeats, growth.capMs), growth.capMs, chance)
  const hint = hintMs(failure, growth.hintCapMs)
  if (hint === undefined || (growth.hint === 'lengthens' && hint <= growingMs)) return { forMs: growingMs, source: 'growing' }
  return { forMs: lengthened(Math.max(hint, shortestHintMs(repeats)), chance), source: 'hint' }
}

/** The rest of a key's model after `faults` faults in a row (3 or more). */
export function faultRest(failure: Failure, faults: number, chance: Chance): RestLength {
  const step = Math.min(faults - faultsBeforeRest, faultRestsMs.length - 1)
  const capMs = faultRestsMs.at(-1) ?? 0
  return longer(failure, jittered(faultRestsMs[step] ?? capMs, capMs, chance), chance)
}

/** The rest of a target that has rested `rests` times in a row: 10, 20, 40, 80, 160, then 300 seconds (N3). */
export function targetRest(failure: Failure, rests: number, chance: Chance): RestLength {
  const capMs = 300 * second
  return longer(failure, jittered(doubled(10 * second, rests, capMs), capMs, chance), chance)
}

/** A usable hint in milliseconds: finite, not negative, no longer than `capMs`; anything else is no hint (F54). */
export function hintMs(failure: Failure, capMs: Millis): Millis | undefined {
  const hint = failure.retryAfterMs
  if (hint === undefined || Number.isNaN(hint) || hint < 0) return undefined
  return Math.min(hint, capMs)
}

function longer(failure: Failure, growingMs: Millis, chance: Chance): RestLength {
  const hint = hintMs(failure, hour)
  if (hint === undefined || hint <= growingMs) return { forMs: growingMs, source: 'growing' }
  return { forMs: lengthened(hint, chance), source: 'hint' }
}

// A provider that says "retry after 0" again and again must not make us spin (F56: at most one probe a second).
function shortestHintMs(repeats: number): Millis {
  return repeats === 0 ? 100 : second
}

function doubled(firstMs: Millis, times: number, capMs: Millis): Millis {
  return Math.min(firstMs * 2 ** Math.min(times, 30), capMs)
}

/** 20 % to both sides, so that keys which fell together do not return together; the cap holds. */
function jittered(ms: Millis, capMs: Millis, chance: Chance): Millis {
  return Math.min(ms * (0.8 + 0.4 * chance()), capMs)
}

/** A hint is never shortened; at most 2 % and half a second longer. */
function lengthened(ms: Millis, chance: Chance): Millis {
  return ms + chance() * Math.min(ms * 0.02, 500)
}
