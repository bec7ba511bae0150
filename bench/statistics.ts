/** The few statistics that are quoted. */

/** The value below which the share `at` (0 to 1) of all lies; NaN of nothing. */
export function quantile(values: ArrayLike<number>, at: number): number {
  const sorted = Float64Array.from(values).toSorted()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN
}

export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).toSorted()
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}
