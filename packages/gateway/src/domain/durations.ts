/** Lengths of time as servers written in Go print them: `1h2m3.5s`, `2ms`, `7m12s`. */

/** `h`, `m`, `s`, `ms` and `d`, alone or after one another. A bare number is no duration. */
const parts = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g
const whole = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/

/** Milliseconds of each unit. */
export const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The length of such a duration in milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  if (text.length > 64 || !whole.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(parts)) total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return total
}
