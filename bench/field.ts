/** A mock and all contenders in front of it, started for one shape and stopped behind it; and rounds that alternate between them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contender, ContenderName, Running } from './contenders/contender.ts'
import { startOwn } from './started.ts'

/** How the mock streams. */
export interface MockPlan {
  readonly chunks: number
  /** 0: all chunks at once. */
  readonly gapMs: number
}

/** One that runs. */
export interface Entrant extends Running {
  readonly name: ContenderName
}

/** Figures of one contender in one round. */
export type Sample = Readonly<Record<string, number>>

/** Of each contender, its samples in the order of the rounds. */
export type Rounds = ReadonlyMap<ContenderName, readonly Sample[]>

/** Starts everything, lets `use` work with it, and stops everything whatever happened. */
export async function withField<T>(
  contenders: readonly Contender[],
  plan: MockPlan,
  use: (entrants: readonly Entrant[]) => Promise<T>,
): Promise<T> {
  const stops: (() => Promise<void>)[] = []
  try {
    const { process, port } = await startOwn(join(import.meta.dirname, 'mock.ts'), [String(plan.chunks), String(plan.gapMs)])
    stops.push(() => process.stop())
    const entrants: Entrant[] = []
    for (const contender of contenders) {
      const folder = mkdtempSync(join(tmpdir(), 'keywheel-bench-'))
      stops.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })))
      const running = await contender.start({ mockPort: port, mockPid: process.pid, folder })
      stops.push(() => running.stop())
      entrants.push({ ...running, name: contender.name })
    }
    return await use(entrants)
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }
}

/**
 * Measures each entrant in each round. The order turns from round to round, so that nobody always comes first, and what
 * else goes on on the machine meets all alike.
 */
export async function alternate(
  entrants: readonly Entrant[],
  rounds: number,
  measure: (entrant: Entrant) => Promise<Sample>,
): Promise<Rounds> {
  const samples = new Map<ContenderName, Sample[]>(entrants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const turn = round % Math.max(1, entrants.length)
    for (const entrant of [...entrants.slice(turn), ...entrants.slice(0, turn)]) samples.get(entrant.name)?.push(await measure(entrant))
  }
  return samples
}
