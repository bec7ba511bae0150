/** One seed, twice: the same event log both times, and no promise broken. */
import { violationsIn } from './checkers.ts'
import type { Violation } from './history.ts'
import { simulate } from './world.ts'

export interface SeedReport {
  readonly seed: number
  /** SHA-256 of the event log. */
  readonly digest: string
  readonly violations: readonly Violation[]
  readonly calls: number
  /** How often providers did what. */
  readonly deeds: Readonly<Record<string, number>>
}

export async function simulateSeed(seed: number): Promise<SeedReport> {
  try {
    const first = await simulate(seed)
    const second = await simulate(seed)
    const violations = violationsIn(first.history)
    if (first.digest !== second.digest) violations.push({ promise: 'determinism', what: await firstDifference(seed) })
    const { calls, requests } = first.history
    return { seed, digest: first.digest, violations, calls: calls.length, deeds: counted(requests.map(({ deed }) => deed)) }
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { seed, digest: '', violations: [{ promise: 'bug', what }], calls: 0, deeds: {} }
  }
}

async function firstDifference(seed: number): Promise<string> {
  const { log: left } = await simulate(seed, true)
  const { log: right } = await simulate(seed, true)
  const at = left.findIndex((line, index) => line !== right[index])
  return `line ${at} of the event log is \`${left[at]?.trim()}\` once and \`${right[at]?.trim()}\` the other time`
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
