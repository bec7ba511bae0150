/** What a run over many seeds says in the end. */
import type { SeedReport } from './simulate-seed.ts'

/** As lines of text. */
export function seedReport(reports: readonly SeedReport[]): string {
  const failed = reports.filter(({ violations }) => violations.length > 0)
  const violations = failed.reduce((sum, report) => sum + report.violations.length, 0)
  const uneven = failed.filter((report) => report.violations.some(({ promise }) => promise === 'determinism')).length
  const calls = reports.reduce((sum, report) => sum + report.calls, 0)
  const deeds = new Map<string, number>()
  for (const report of reports) for (const [deed, count] of Object.entries(report.deeds)) deeds.set(deed, (deeds.get(deed) ?? 0) + count)
  const provoked = [...deeds].toSorted((left, right) => right[1] - left[1]).map(([deed, count]) => `${deed} ${count}`)
  return [
    `${reports.length} seeds, ${calls} calls, each seed run twice`,
    `${violations} violations in ${failed.length} seeds`,
    uneven === 0 ? 'every seed gave the same event log both times (SHA-256)' : `${uneven} seeds gave two different event logs`,
    `what providers did: ${provoked.join(', ')}`,
    ...failed.flatMap(({ seed, violations: found }) => found.slice(0, 5).map(({ promise, what }) => `seed ${seed}: ${promise}: ${what}`)),
    '',
  ].join('\n')
}
