import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationMs } from './durations.ts'

for (const [text, expected] of [
  ['2ms', 2],
  ['0s', 0],
  ['8.64s', 8640],
  ['7m12s', 432_000],
  ['19m45.394s', 1_185_394],
  ['1m0s', 60_000],
  ['17.399999999s', 17_399.999999],
  ['1h2m3s4ms', 3_723_004],
  ['1d', 86_400_000],
  ['5', undefined],
  ['', undefined],
  ['s', undefined],
  ['5 s', undefined],
  ['-5s', undefined],
  ['5sec', undefined],
  ['1m2', undefined],
  [`${'1'.repeat(64)}s`, undefined],
] as const) {
  test(`the duration ${JSON.stringify(text)} is ${expected} ms`, () => assert.equal(durationMs(text), expected))
}
