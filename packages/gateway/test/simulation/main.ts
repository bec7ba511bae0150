/** `npm run simulate -- --seed 7 --seeds 20000`: simulates that many seeds from the first one on, and keeps those that fail. */
import { parseArgs } from 'node:util'
import { keepSeeds } from './kept-seeds.ts'
import { runSeeds } from './run-seeds.ts'
import { seedReport } from './seed-report.ts'

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, seeds: { type: 'string', default: '300' } } })
const first = Number(values.seed)
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => first + index)
const sayEvery = 100

let done = 0
let failed = 0
const reports = await runSeeds(seeds, ({ violations }) => {
  done += 1
  if (violations.length > 0) failed += 1
  if (done % sayEvery === 0) process.stderr.write(`${done} of ${seeds.length} seeds, ${failed} failed\n`)
})
process.stdout.write(seedReport(reports))
const kept = keepSeeds(reports.filter(({ violations }) => violations.length > 0))
if (kept > 0) process.stdout.write(`${kept} failed seeds were added to seeds.json and will run first from now on\n`)
process.exitCode = failed > 0 ? 1 : 0
