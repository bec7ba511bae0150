/** `npm run experiment`: pools of keys with hidden limits, on virtual time, from seeds. `docs/key-pools.md` tells what is measured. */
import { circumstances } from '../machine.ts'
import { experiment } from './experiment.ts'
import type { Cell } from './experiment.ts'
import { readOptions, usage } from './options.ts'
import type { Options } from './options.ts'
import { runOutage } from './outage.ts'
import type { OutageResult } from './outage.ts'
import { savePage } from './page.ts'
import { replay } from './replay.ts'
import type { Replay } from './replay.ts'
import { goodputTable, outageTable, refusalTable, replayTable } from './tables.ts'

const outageScenes = [
  ['one alone, all requests fail', { hasFallback: false, failing: 1 }],
  ['one alone, half of them fail', { hasFallback: false, failing: 0.5 }],
  ['with a fallback, all fail', { hasFallback: true, failing: 1 }],
  ['with a fallback, half fail', { hasFallback: true, failing: 0.5 }],
] as const

async function main({ does, matrix, replay: replayPlan, saves }: Options): Promise<void> {
  const sections: Record<string, string> = {}
  if (does === 'pools' || does === 'all') Object.assign(sections, await playPools(matrix))
  if (does === 'outage' || does === 'all') sections['outage'] = await playOutage(matrix.seeds)
  if (does === 'replay' || does === 'all') sections['replay'] = await playReplays(replayPlan)
  if (!saves) return
  const { commit, date, node } = circumstances()
  const { seeds, minutes } = matrix
  sections['circumstances'] = `Results of ${date}, commit ${commit}, Node ${node}: ${seeds.length} seeds, ${minutes} virtual minutes.`
  savePage(sections)
  console.log('\nwritten: docs/key-pools.md')
}

async function playPools(matrix: Options['matrix']): Promise<Record<string, string>> {
  const cells: Cell[] = []
  for await (const cell of experiment(matrix)) {
    cells.push(cell)
    if (process.stderr.isTTY) process.stderr.write(`${cell.variant} ${cell.load}\n`)
    for (const [scheduler, { violations }] of cell.summaries) complain(`${cell.variant} ${cell.load} ${scheduler}`, violations)
  }
  const [goodput, refusals] = [goodputTable(cells), refusalTable(cells)]
  console.log(`Answered calls, as a part of the omniscient scheduler's\n\n${goodput}`)
  console.log(`\nCalls that saw a 429 which another key could have avoided\n\n${refusals}`)
  return { goodput, refusals }
}

async function playOutage(seeds: readonly number[]): Promise<string> {
  const results = new Map<string, readonly OutageResult[]>()
  for (const [title, scene] of outageScenes) {
    const runs: OutageResult[] = []
    for (const seed of seeds) runs.push(await runOutage({ ...scene, seed, rate: 200 }))
    results.set(title, runs)
  }
  const table = outageTable(results)
  console.log(`\nA provider that is down for 60 s at 200 calls/s\n\n${table}`)
  return table
}

async function playReplays(plan: Options['replay']): Promise<string> {
  const replays: Replay[] = []
  for (const seed of plan.seeds) {
    const one = await replay(seed, plan)
    replays.push(one)
    complain(`seed ${seed}`, one.violations)
    console.log(`seed ${seed}: ${Math.round(one.callsPerSecond)} calls/s, ${one.violations.length} violations, ${one.run.hash}`)
  }
  const table = replayTable(replays)
  console.log(`\n${table}`)
  return table
}

function complain(where: string, violations: readonly string[]): void {
  if (violations.length > 0) process.exitCode = 1
  for (const violation of violations) console.error(`${where}: ${violation}`)
}

function read(argv: readonly string[]): Options | undefined {
  try {
    return readOptions(argv)
  } catch (error) {
    process.exitCode = 64
    console.error(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

const options = read(process.argv.slice(2))
if (options === undefined) console.log(usage)
else await main(options)
