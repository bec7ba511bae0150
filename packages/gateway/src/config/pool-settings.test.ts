import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PoolSettings } from '@keywheel/keyring'
import { accepted, providerOf, tryConfig } from './try-config.test.ts'

const key = { GROQ_API_KEY: 'the-key' }

function poolOf(env: Readonly<Record<string, string>> = {}, groq: string = '{}'): PoolSettings {
  return providerOf(accepted({ yaml: `providers: { groq: ${groq} }`, env: { ...key, ...env } }), 'groq').pool
}

const usual = {
  tracks: 'model',
  crossesTiers: false,
  durationMs: 86_400_000,
  exhaustedFromMs: 300_000,
  quotaShare: 1,
  waitsForMs: 90_000,
}

test('a fair cycle is on in sequential rotation, where the file has one, and where its variable says so', () => {
  assert.equal(poolOf().fairCycle, undefined)
  assert.deepEqual(poolOf({ ROTATION_MODE_GROQ: 'sequential' }).fairCycle, usual)
  assert.deepEqual(poolOf({}, '{ fair_cycle: {} }').fairCycle, usual)
  assert.deepEqual(poolOf({ FAIR_CYCLE_GROQ: 'true' }).fairCycle, usual)
  assert.equal(poolOf({ ROTATION_MODE_GROQ: 'sequential', FAIR_CYCLE_GROQ: 'false' }).fairCycle, undefined)
  assert.equal(poolOf({}, '{ rotation: sequential, fair_cycle: { enabled: false } }').fairCycle, undefined)
  assert.equal(poolOf({ FAIR_CYCLE_DURATION_GROQ: '60' }).fairCycle, undefined)
})

test('all of a fair cycle can be set, by variables in seconds or by the file', () => {
  const groq =
    '{ fair_cycle: { tracks: key, cross_tiers: true, duration_ms: 5000, exhausted_from_ms: 6000, quota_share: 0.5, wait_for_ms: 0 } }'
  assert.deepEqual(poolOf({ EXHAUSTION_COOLDOWN_THRESHOLD: '9' }, groq).fairCycle, {
    tracks: 'key',
    crossesTiers: true,
    durationMs: 5000,
    exhaustedFromMs: 6000,
    quotaShare: 0.5,
    waitsForMs: 0,
  })
  const env = {
    FAIR_CYCLE_TRACKING_MODE_GROQ: 'model_group',
    FAIR_CYCLE_CROSS_TIER_GROQ: 'no',
    FAIR_CYCLE_DURATION_GROQ: '604800',
    EXHAUSTION_COOLDOWN_THRESHOLD_GROQ: '10m',
    FAIR_CYCLE_QUOTA_THRESHOLD_GROQ: '0.9',
    FAIR_CYCLE_RESET_COOLDOWN_THRESHOLD_GROQ: '45',
  }
  assert.deepEqual(poolOf(env, groq).fairCycle, {
    tracks: 'model',
    crossesTiers: false,
    durationMs: 604_800_000,
    exhaustedFromMs: 600_000,
    quotaShare: 0.9,
    waitsForMs: 45_000,
  })
  assert.equal(poolOf({ FAIR_CYCLE_GROQ: '1', EXHAUSTION_COOLDOWN_THRESHOLD: '9' }).fairCycle?.exhaustedFromMs, 9000)
})

test('multipliers go by priority, and those for the rotation in use beat those for any', () => {
  const env = {
    CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1: '2',
    CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1_SEQUENTIAL: '5',
    CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_10: '1.5',
    SEQUENTIAL_FALLBACK_MULTIPLIER_GROQ: '4',
  }
  const groq = '{ concurrency_multipliers: { 1: 9, 3: 9 } }'
  const balanced = poolOf(env, groq)
  assert.deepEqual([balanced.concurrencyMultipliers, balanced.fallbackMultiplier], [{ 1: 2, 3: 9, 10: 1.5 }, undefined])
  const sequential = poolOf({ ...env, ROTATION_MODE_GROQ: 'sequential' }, groq)
  assert.deepEqual([sequential.concurrencyMultipliers, sequential.fallbackMultiplier], [{ 1: 5, 3: 9, 10: 1.5 }, 4])
  assert.equal(poolOf({}, '{ fallback_multiplier: 2 }').fallbackMultiplier, 2)
})

test('quota groups have any name for any provider, and an empty variable takes one of the file away', () => {
  const groq = '{ quota_groups: { Big-Ones: [a, b], small: [c] } }'
  assert.deepEqual(poolOf({}, groq).quotaGroups, { 'Big-Ones': ['a', 'b'], small: ['c'] })
  const env = { QUOTA_GROUPS_GROQ_BIG_ONES: 'a, d,', QUOTA_GROUPS_GROQ_SMALL: '', QUOTA_GROUPS_GROQ_NEW: 'e' }
  assert.deepEqual(poolOf(env, groq).quotaGroups, { 'Big-Ones': ['a', 'd'], new: ['e'] })
  assert.equal(poolOf({ QUOTA_GROUPS_GROQ_SMALL: ' ' }).quotaGroups, undefined)
})

test('models in groups and priorities are those that the provider is asked for', () => {
  const pool = poolOf(
    {},
    '{ models: { quick: { id: real } }, quota_groups: { g: [quick, other] }, model_priorities: { quick: 1, other: 2 } }',
  )
  assert.deepEqual([pool.quotaGroups, pool.modelPriorities], [{ g: ['real', 'other'] }, { real: 1, other: 2 }])
})

test('of two prefixes that fit the longer one is meant', () => {
  const yaml = 'providers: { nvidia: {}, lab: { base_url: "http://a.example" }, lab-two: { base_url: "http://b.example" } }'
  const env = {
    NVIDIA_API_KEY: 'the-key',
    NVIDIA_NIM_API_KEY_PRIORITY: '2',
    NVIDIA_NIM_API_KEY: 'other-key',
    QUOTA_GROUPS_NVIDIA_NIM_BIG: 'a',
    CUSTOM_CAP_NVIDIA_NIM_T1_BIG: '5',
    CONCURRENCY_MULTIPLIER_NVIDIA_NIM_PRIORITY_2: '3',
    QUOTA_GROUPS_LAB_TWO: 'x',
    QUOTA_GROUPS_LAB_TWO_THREE: 'y',
  }
  const config = accepted({ yaml, env })
  const { quotaGroups, caps, concurrencyMultipliers } = providerOf(config, 'nvidia').pool
  assert.deepEqual([quotaGroups, caps?.[0]?.model, caps?.[0]?.priorities, concurrencyMultipliers], [{ big: ['a'] }, 'big', [1], { 2: 3 }])
  assert.deepEqual(providerOf(config, 'lab').pool.quotaGroups, { two: ['x'] })
  assert.deepEqual(providerOf(config, 'lab-two').pool.quotaGroups, { three: ['y'] })
  assert.deepEqual(config.warnings, [])
})

test('windows are rolling, by the calendar, or the provider’s', () => {
  assert.deepEqual(poolOf({}, '{ window: { rolling_ms: 3600000 } }').window, { is: 'rolling', lengthMs: 3_600_000 })
  assert.deepEqual(poolOf({}, '{ window: { every: week } }').window, { is: 'weekly', hour: 3, timeZone: 'UTC' })
  assert.deepEqual(poolOf({}, '{ window: { every: day, hour: 0, time_zone: America/Los_Angeles } }').window, {
    is: 'daily',
    hour: 0,
    timeZone: 'America/Los_Angeles',
  })
  assert.deepEqual(poolOf({}, '{ window: provider, enforce_window: true }'), {
    ...poolOf(),
    window: { is: 'provider' },
    enforcesWindow: true,
  })
  assert.equal(poolOf().window, undefined)
})

test('learning, adapting and waiting can be set', () => {
  assert.deepEqual(poolOf({}, '{ learn_limits: false, adapt_concurrency: false, wait_on_429_ms: 300000, wait_for_busy_ms: 0 }'), {
    ...poolOf(),
    learnsLimits: false,
    adaptsConcurrency: false,
    waitsForWarmMs: 300_000,
    waitsForBusyMs: 0,
  })
})

test('wrong values and names are refused, even of what is off', () => {
  const dotenv = `GROQ_API_KEY=the-key
FAIR_CYCLE_GROQ=sometimes
FAIR_CYCLE_TRACKING_MODE_GROQ=model
FAIR_CYCLE_DURATION_GROQ=1w
FAIR_CYCLE_QUOTA_THRESHOLD_GROQ=90
CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1_SEQUENTIAL=0.5
CONCURRENCY_MULTIPLIER_GROQ_TIER_1=2
SEQUENTIAL_FALLBACK_MULTIPLIER_GROQ=0
QUOTA_GROUPS_GROQ_A=m-1,m-2
QUOTA_GROUPS_GROQ_B=M_1
`
  assert.deepEqual(tryConfig({ dotenv }).lines, [
    '.env:2 FAIR_CYCLE_GROQ: The value cannot be used. Write true or false.',
    '.env:3 FAIR_CYCLE_TRACKING_MODE_GROQ: The value cannot be used. Write model_group or credential.',
    '.env:4 FAIR_CYCLE_DURATION_GROQ: The value cannot be used. Write seconds such as 90 or a time such as 1h30m or 2d, at most 31d, more than 0.',
    '.env:5 FAIR_CYCLE_QUOTA_THRESHOLD_GROQ: The value cannot be used. Write a number from 0.01 to 1.',
    '.env:6 CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1_SEQUENTIAL: The value cannot be used. Write a number from 1 to 1000.',
    '.env:7 CONCURRENCY_MULTIPLIER_GROQ_TIER_1: The name of this variable cannot be understood. Write CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_<number>, and _BALANCED or _SEQUENTIAL behind it if it is for one of them only.',
    '.env:8 SEQUENTIAL_FALLBACK_MULTIPLIER_GROQ: The value cannot be used. Write a number from 1 to 1000.',
    '.env:10 QUOTA_GROUPS_GROQ_B: M_1 is in the quota group a already. A model belongs to one group at most: take it out of one of them.',
  ])
})
