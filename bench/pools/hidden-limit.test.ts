/** The hidden limits admit what they promise and no more. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededChance } from './chance.ts'
import { hiddenLimit } from './hidden-limit.ts'
import type { LimitKind } from './hidden-limit.ts'

interface Use {
  readonly at: number
  readonly amount: number
}

/** Uses a limit as soon as it allows; gives what was used. */
function drain(kind: LimitKind, seed: number): Use[] {
  const chance = seededChance(seed, 'drain')
  const limit = hiddenLimit(kind, 1000, 60_000, chance())
  const uses: Use[] = []
  let now = 1000
  while (uses.length < 2000) {
    const amount = 1 + Math.floor(chance() * 300)
    const readyInMs = limit.readyIn(now, amount)
    if (readyInMs > 1) assert.ok(limit.room(now + readyInMs - 1) < amount, 'it would have been ready before')
    now += readyInMs + 1e-6
    assert.ok(limit.room(now) >= amount, 'it is ready when it says so')
    limit.use(now, amount)
    uses.push({ at: now, amount })
    now += chance() * 2000
  }
  return uses
}

function mostWithin(uses: readonly Use[], windowMs: number): number {
  return uses.reduce((most, { at }) => {
    const sum = uses.reduce((total, use) => (use.at > at - windowMs && use.at <= at ? total + use.amount : total), 0)
    return Math.max(most, sum)
  }, 0)
}

test('a sliding window never holds more than its limit', () => {
  for (let seed = 0; seed < 3; seed++) assert.ok(mostWithin(drain('sliding', seed), 60_000 - 1e-3) <= 1000)
})

test('a fixed window lets twice its limit through around its edge, and never more', () => {
  const most = mostWithin(drain('fixed', 1), 60_000)
  assert.ok(most > 1000 && most <= 2000, `${most}`)
})

test('a bucket gives its fill and what flows in meanwhile', () => {
  const most = mostWithin(drain('bucket', 1), 60_000)
  assert.ok(most > 1000 && most <= 2001, `${most}`)
})

test('what is full again tells when', () => {
  for (const kind of ['sliding', 'fixed', 'bucket'] as const) {
    const limit = hiddenLimit(kind, 100, 60_000, 0.3)
    limit.room(5000)
    limit.use(5000, 60)
    const fullInMs = limit.fullIn(5000)
    assert.ok(limit.room(5000 + fullInMs - 1) < 100, kind)
    assert.ok(limit.room(5000 + fullInMs) >= 100, kind)
  }
})
