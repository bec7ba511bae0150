import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Retention } from './retention.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** What was asked to be forgotten, hour after hour, while the clock of the day is set by `jumpMs` after the first. */
function forgottenBefore(jumpMs: number): readonly number[] {
  const started = Date.UTC(2026, 0, 1)
  let [now, wall] = [5000, started]
  const asked: number[] = []
  const log = { forget: (before: number) => (asked.push((before - started) / hourMs), 0) }
  const retention = new Retention({ log, days: 1, clock: { now: () => now, wallNow: () => wall } })
  retention.run()
  wall += jumpMs
  for (let hours = 0; hours < 2; hours++) {
    now += hourMs
    wall += hourMs
    retention.run()
  }
  return asked
}

test('F90 a clock that is set while the process runs makes no row older than it is', () => {
  assert.deepEqual(forgottenBefore(0), [-24, -23, -22])
  assert.deepEqual(forgottenBefore(365 * dayMs), [-24, -23, -22])
  assert.deepEqual(forgottenBefore(-hourMs), [-24, -24, -23])
})
