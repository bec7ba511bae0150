/** Seeds that failed once: they are run before all others, so that what they found stays found. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { SeedReport } from './simulate-seed.ts'

export interface KeptSeed {
  readonly seed: number
  /** What it found. */
  readonly found: string
}

const file = new URL('seeds.json', import.meta.url)

export function keptSeeds(): readonly KeptSeed[] {
  const kept: KeptSeed[] = JSON.parse(readFileSync(file, 'utf8'))
  return kept
}

/** Adds the seeds that are not kept yet. Gives their number. */
export function keepSeeds(failed: readonly SeedReport[]): number {
  const kept = keptSeeds()
  const fresh = failed
    .filter(({ seed }) => !kept.some((each) => each.seed === seed))
    .map(({ seed, violations: [first] }) => ({ seed, found: `${first?.promise}: ${first?.what}`.slice(0, 300) }))
  if (fresh.length > 0) writeFileSync(file, `${JSON.stringify([...kept, ...fresh], undefined, 2)}\n`)
  return fresh.length
}
