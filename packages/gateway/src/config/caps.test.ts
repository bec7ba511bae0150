import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, providerOf, tryConfig } from './try-config.test.ts'

const key = { GEMINI_API_KEY_1: 'key-one', GEMINI_API_KEY_2: 'key-two', GEMINI_API_KEY_2_PRIORITY: '2' }
const models = 'providers: { gemini: { models: [gemini-2.5-pro] } }\n'

function capsOf(env: Readonly<Record<string, string>>, yaml: string = models) {
  return providerOf(accepted({ yaml, env: { ...key, ...env } }), 'gemini').pool.caps
}

test('a cap of the environment finds a model whose name has dots and dashes', () => {
  assert.deepEqual(capsOf({ CUSTOM_CAP_GEMINI_T1_GEMINI_2_5_PRO: '80%' }), [
    { priorities: [1], model: 'gemini-2.5-pro', limit: { is: 'share', amount: 0.8 }, rest: { is: 'reset' } },
  ])
})

test('a cap for several priorities is one for each, and its cooldown is found whatever order they come in', () => {
  const env = { CUSTOM_CAP_GEMINI_T1_2_GEMINI_2_5_PRO: '100', CUSTOM_CAP_COOLDOWN_GEMINI_T2_GEMINI_2_5_PRO: 'fixed:1h30m' }
  assert.deepEqual(capsOf(env), [
    { priorities: [1], model: 'gemini-2.5-pro', limit: { is: 'requests', amount: 100 }, rest: { is: 'reset' } },
    { priorities: [2], model: 'gemini-2.5-pro', limit: { is: 'requests', amount: 100 }, rest: { is: 'fixed', ms: 5_400_000 } },
  ])
})

test('default caps hold for all other priorities and come once', () => {
  assert.deepEqual(capsOf({ CUSTOM_CAP_GEMINI_TDEFAULT_UNHEARD_OF: '-10' }), [
    { model: 'unheard_of', limit: { is: 'offset', amount: -10 }, rest: { is: 'reset' } },
  ])
})

test('a model offered under another name is capped by what the provider is asked for', () => {
  const caps = capsOf({ CUSTOM_CAP_GEMINI_T1_QUICK: '5' }, 'providers: { gemini: { models: { quick: { id: gemini-3.8-flash } } } }')
  assert.equal(caps?.[0]?.model, 'gemini-3.8-flash')
})

test('caps of the file say limits as numbers or texts, rests as texts or milliseconds, and keys by priority or tier', () => {
  const yaml = `providers:
  gemini:
    keys: [{ key: third-key, priority: 3, tier: trial }]
    quota_groups: { pro: [gemini-2.5-pro, gemini-3-pro] }
    caps:
      - { tiers: [1, trial], model: pro, limit: 50, cooldown: { fixed_ms: 1000 } }
      - { model: pro, limit: 80%, cooldown: "offset:-5m" }
      - { model: gemini-2.5-flash, limit: +20 }
      - { model: gemini-2.0-flash, limit: -20, cooldown: { offset_ms: -1 } }
`
  assert.deepEqual(capsOf({}, yaml), [
    { priorities: [1], model: 'pro', limit: { is: 'requests', amount: 50 }, rest: { is: 'fixed', ms: 1000 } },
    { priorities: [3], model: 'pro', limit: { is: 'requests', amount: 50 }, rest: { is: 'fixed', ms: 1000 } },
    { model: 'pro', limit: { is: 'share', amount: 0.8 }, rest: { is: 'offset', ms: -300_000 } },
    { model: 'gemini_2_5_flash', limit: { is: 'offset', amount: 20 }, rest: { is: 'reset' } },
    { model: 'gemini_2_0_flash', limit: { is: 'offset', amount: -20 }, rest: { is: 'offset', ms: -1 } },
  ])
})

test('the environment replaces a limit of the file and keeps its rest, and the other way round', () => {
  const yaml = 'providers: { gemini: { caps: [{ tiers: [1], model: big, limit: 5, cooldown: fixed:60 }, { model: small, limit: 6 }] } }'
  const env = { CUSTOM_CAP_GEMINI_T1_BIG: '7', CUSTOM_CAP_COOLDOWN_GEMINI_TDEFAULT_SMALL: 'offset:60' }
  assert.deepEqual(capsOf(env, yaml), [
    { priorities: [1], model: 'big', limit: { is: 'requests', amount: 7 }, rest: { is: 'fixed', ms: 60_000 } },
    { model: 'small', limit: { is: 'requests', amount: 6 }, rest: { is: 'offset', ms: 60_000 } },
  ])
})

test('wrong caps of the environment are refused, by value and by name', () => {
  const dotenv = `GEMINI_API_KEY=the-key
CUSTOM_CAP_GEMINI_T1_A=many
CUSTOM_CAP_COOLDOWN_GEMINI_T1_A=soon
CUSTOM_CAP_GEMINI_A=5
CUSTOM_CAP_GEMINI_T1_B_C=5
CUSTOM_CAP_GEMINI_T1_B__C=6
`
  assert.deepEqual(tryConfig({ dotenv }).lines, [
    '.env:2 CUSTOM_CAP_GEMINI_T1_A: The value cannot be used. Write a number of requests such as 100, a part of the known limit such as 80%, or +20 or -20 beside it.',
    '.env:3 CUSTOM_CAP_COOLDOWN_GEMINI_T1_A: The value cannot be used. Write quota_reset, offset:<time> such as offset:30m or offset:-5m, or fixed:<time> such as fixed:2h.',
    '.env:4 CUSTOM_CAP_GEMINI_A: The name of this variable cannot be understood. Write CUSTOM_CAP_GEMINI_T<priority>_<MODEL>, or CUSTOM_CAP_GEMINI_TDEFAULT_<MODEL> for all priorities.',
    '.env:6 CUSTOM_CAP_GEMINI_T1_B__C: The name of this variable cannot be understood. It means the same cap as CUSTOM_CAP_GEMINI_T1_B_C: keep one of the two.',
  ])
})

test('wrong caps of the file are refused with their places', () => {
  const yaml = `providers:
  gemini:
    keys: [{ key: key-four, tier: free }, { key: key-five }]
    caps:
      - { model: a, limit: 101% }
      - { model: b }
      - { tiers: [0], model: c, limit: 1 }
      - { model: d, limit: 1, cooldown: fixed }
      - { model: e, limit: 1, cooldown: { fixed_ms: 1, offset_ms: 1 } }
`
  assert.deepEqual(tryConfig({ yaml }).lines, [
    'keywheel.yaml:5:28 providers.gemini.caps[0].limit: The value cannot be used. Write a number of requests such as 100, a part of the known limit such as 80%, or +20 or -20 beside it.',
    'keywheel.yaml:6:9 providers.gemini.caps[1].limit: The value cannot be used. Write a number of requests such as 100, a part of the known limit such as 80%, or +20 or -20 beside it.',
    'keywheel.yaml:7:19 providers.gemini.caps[2].tiers[0]: The number is too small. Write at least 1.',
    'keywheel.yaml:8:41 providers.gemini.caps[3].cooldown: The value cannot be used. Write quota_reset, offset:<time> such as offset:30m or offset:-5m, or fixed:<time> such as fixed:2h.',
    'keywheel.yaml:9:41 providers.gemini.caps[4].cooldown: The value cannot be used. Write either offset_ms or fixed_ms.',
  ])
})

test('a tier that no key has, or whose keys share their priority with others, cannot be capped', () => {
  const yaml = `providers:
  gemini:
    keys: [{ key: key-four, tier: free }, { key: key-five }]
    caps:
      - { tiers: [free], model: a, limit: 1 }
      - { tiers: [paid], model: a, limit: 1 }
      - { model: b, limit: 1 }
      - { model: B, limit: 2 }
`
  assert.deepEqual(tryConfig({ yaml }).lines, [
    'keywheel.yaml:5:9 providers.gemini.caps[0]: Keys of the tier free have the same priority as others. Give them a priority of their own: caps go by priority.',
    'keywheel.yaml:6:9 providers.gemini.caps[1]: No key of gemini has the tier paid. Name a tier of its keys, or a priority.',
    'keywheel.yaml:8:9 providers.gemini.caps[3]: There is a cap for B and all other keys already. Keep one of the two.',
  ])
})

test('a cap whose name could mean two things says how it was read, and a cooldown without a cap says so', () => {
  const { warnings } = accepted({
    env: { ...key, CUSTOM_CAP_GEMINI_T1_2_5_PRO: '5', CUSTOM_CAP_COOLDOWN_GEMINI_T1_SMALL: 'fixed:5' },
  })
  assert.deepEqual(warnings, [
    'CUSTOM_CAP_GEMINI_T1_2_5_PRO is read as a cap on 5_pro for priority 1 and 2; CUSTOM_CAP_GEMINI_T1_2__5_PRO, with two underscores, says so without a doubt.',
    'CUSTOM_CAP_COOLDOWN_GEMINI_T1_SMALL has no effect: there is no cap that it belongs to.',
  ])
})
