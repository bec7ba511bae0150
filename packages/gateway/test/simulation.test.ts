/** The whole gateway in simulated worlds, one a seed: what it promises holds in all of them, and a seed is one run for ever. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keptSeeds } from './simulation/kept-seeds.ts'
import { runSeeds } from './simulation/run-seeds.ts'
import { seedReport } from './simulation/seed-report.ts'
import { simulate } from './simulation/world.ts'

const firstSeed = 1
const seedsPerRun = 300

test('seeds that failed once hold now', async () => {
  const reports = await runSeeds(keptSeeds().map(({ seed }) => seed))
  assert.ok(
    reports.every(({ violations }) => violations.length === 0),
    seedReport(reports),
  )
})

test(`no promise is broken in ${seedsPerRun} simulated worlds, and each is the same when it is run again`, async (t) => {
  const reports = await runSeeds(Array.from({ length: seedsPerRun }, (_, index) => firstSeed + index))
  const report = seedReport(reports)
  t.diagnostic(report)
  assert.ok(
    reports.every(({ violations }) => violations.length === 0),
    report,
  )
})

test('another seed is another world', async () => {
  const [left, right] = [await simulate(1), await simulate(2)]
  assert.notEqual(left.digest, right.digest)
})
