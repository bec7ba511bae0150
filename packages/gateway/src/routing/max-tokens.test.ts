/** How long an answer may be asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providerName } from '../domain/names.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import { customProvider } from '../providers/custom.ts'
import { ceilingOf, targetLimit } from './max-tokens.ts'
import type { PlannedTarget } from './plan.ts'

const timeouts: Timeouts = {
  connectMs: 1,
  firstByteMs: 1,
  reasoningFirstByteMs: 1,
  wholeFirstByteMs: 1,
  idleMs: 1,
  deadlineMs: 1,
  streamLifeMs: 1,
}

const target = (maxOutputTokens?: number): PlannedTarget => ({
  pool: providerName('mine'),
  model: 'm',
  shownModel: 'mine/m',
  provider: customProvider({ name: 'mine', baseUrl: 'http://127.0.0.1:1' }),
  rejects: [],
  timeouts,
  ...(maxOutputTokens !== undefined && { known: { maxOutputTokens } }),
})

test('the owner’s limit decides, then the largest known one, then 32768', () => {
  assert.equal(ceilingOf({ targets: [target(8192), target(65_536), target()] }), 65_536)
  assert.equal(ceilingOf({ targets: [target(), target()] }), 32_768)
  assert.equal(ceilingOf({ targets: [target(65_536)] }, 1000), 1000)
})

test('a target gets its own limit only when that is smaller than what was asked', () => {
  assert.equal(targetLimit(target(8192), 64_000), 8192)
  assert.equal(targetLimit(target(8192), 8192), undefined)
  assert.equal(targetLimit(target(), 64_000), undefined)
})
