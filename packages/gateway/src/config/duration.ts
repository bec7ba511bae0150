/** Lengths of time as people write them in variables: `90`, `2.5`, `1h30m`, `2d`, `-10m`. */
import type { Reading } from './settings.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A month: as long as any window that is counted in. */
export const longestPeriodMs: number = 31 * 86_400_000

const parts = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g
const compound = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/

/** Plain numbers are seconds. Kept as whole milliseconds. */
export function duration(leastMs: number, mostMs: number = longestPeriodMs): (text: string) => Reading<number> {
  const sign = leastMs < 0 ? ', with a minus in front if need be' : ''
  const bound = leastMs > 0 ? ', more than 0' : ''
  const expected = `seconds such as 90 or a time such as 1h30m or 2d${sign}, at most ${describePeriod(mostMs)}${bound}`
  return (text) => {
    const milliseconds = millisecondsIn(text)
    const isWithin = milliseconds !== undefined && milliseconds >= leastMs && milliseconds <= mostMs
    return isWithin ? { ok: true, value: milliseconds } : { ok: false, expected }
  }
}

/** undefined: it is no length of time. */
function millisecondsIn(text: string): number | undefined {
  const [, sign, rest] = /^([+-]?)(.+)$/.exec(text.toLowerCase().replaceAll(' ', '')) ?? []
  if (rest === undefined) return undefined
  const size = /^\d+(?:\.\d+)?$/.test(rest) ? Number(rest) * 1000 : compoundIn(rest)
  return size === undefined ? undefined : Math.round(sign === '-' && size > 0 ? -size : size)
}

function compoundIn(text: string): number | undefined {
  if (!compound.test(text)) return undefined
  return [...text.matchAll(parts)].reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0)
}

const describePeriod = (ms: number): string => (ms % 86_400_000 === 0 ? `${ms / 86_400_000}d` : `${ms / 1000}s`)
