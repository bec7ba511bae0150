import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, providerOf } from './try-config.test.ts'

const key = { GROQ_API_KEY: 'the-key' }

test('rotation is balanced, tolerance 3, one call per key preferred, no limit', () => {
  const groq = providerOf(accepted({ env: key }), 'groq')
  assert.deepEqual(
    [groq.pool.rotation, groq.pool.tolerance, groq.pool.optimalConcurrency, groq.pool.maxConcurrency],
    ['balanced', 3, 1, undefined],
  )
})

test('sequential rotation prefers no number of calls', () => {
  const groq = providerOf(accepted({ env: { ...key, ROTATION_MODE_GROQ: 'Sequential' } }), 'groq')
  assert.deepEqual([groq.pool.rotation, groq.pool.optimalConcurrency], ['sequential', undefined])
})

test('variables of a provider win over the file', () => {
  const yaml = `providers:
  groq: { rotation: sequential, tolerance: 9, optimal_concurrency: 9, max_concurrency: 9, models: [x], whitelist_models: [x], ignore_models: [x], rejects: [logprobs] }
`
  const env = {
    ...key,
    ROTATION_MODE_GROQ: 'balanced',
    ROTATION_TOLERANCE: '1',
    ROTATION_TOLERANCE_GROQ: '0.5',
    OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_GROQ: '2',
    MAX_CONCURRENT_REQUESTS_PER_KEY_GROQ: '4',
    GROQ_MODELS: '{"public": {"id": "real", "options": {"temperature": 0}}, "same": {}}',
    WHITELIST_MODELS_GROQ: 'llama-*, ',
    IGNORE_MODELS_GROQ: '*-preview,*guard*',
  }
  assert.deepEqual(
    { ...providerOf(accepted({ yaml, env }), 'groq'), keys: [] },
    {
      name: 'groq',
      keys: [],
      keyless: false,
      pool: { rotation: 'balanced', tolerance: 0.5, optimalConcurrency: 2, maxConcurrency: 4 },
      skipsProbes: false,
      enforcesModelLists: false,
      timeouts: {},
      models: [
        { name: 'public', id: 'real', options: { temperature: 0 } },
        { name: 'same', id: 'same' },
      ],
      whitelistModels: ['llama-*'],
      ignoreModels: ['*-preview', '*guard*'],
      rejects: ['logprobs'],
    },
  )
})

test('what is said of one provider beats the tolerance for all', () => {
  const yaml = 'providers: { groq: { tolerance: 2 } }'
  const config = accepted({ yaml, env: { ...key, OPENAI_API_KEY: 'other-key', ROTATION_TOLERANCE: '0' } })
  assert.deepEqual([providerOf(config, 'groq').pool.tolerance, providerOf(config, 'openai').pool.tolerance], [2, 0])
})

test('limits for the rotation in use beat those for any, and zero or less is no limit', () => {
  const env = {
    ...key,
    OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_GROQ: '2',
    OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_GROQ_BALANCED: '3',
    OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_GROQ_SEQUENTIAL: '5',
    MAX_CONCURRENT_REQUESTS_PER_KEY_GROQ: '-1',
  }
  const balanced = providerOf(accepted({ env }), 'groq')
  assert.deepEqual([balanced.pool.optimalConcurrency, balanced.pool.maxConcurrency], [3, undefined])
  assert.equal(providerOf(accepted({ env: { ...env, ROTATION_MODE_GROQ: 'sequential' } }), 'groq').pool.optimalConcurrency, 5)
  assert.equal(
    providerOf(accepted({ env: { ...key, OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_GROQ: '0' } }), 'groq').pool.optimalConcurrency,
    undefined,
  )
})

test('models are a list of names or names with ids and options', () => {
  const list = providerOf(accepted({ env: { ...key, GROQ_MODELS: '["a", "b/c"]' } }), 'groq')
  assert.deepEqual(list.models, [
    { name: 'a', id: 'a' },
    { name: 'b/c', id: 'b/c' },
  ])
  const yaml = 'providers: { groq: { models: { big: { id: real, options: { reasoning_effort: low } }, small: } } }'
  assert.deepEqual(providerOf(accepted({ yaml, env: key }), 'groq').models, [
    { name: 'big', id: 'real', options: { reasoning_effort: 'low' } },
    { name: 'small', id: 'small' },
  ])
})

test('variables that name nobody, or a key that is not there, are warned of one by one', () => {
  const env = {
    ...key,
    FAIR_CYCLE_GORQ: 'true',
    FAIR_CYCLE_DURATION_GORQ: '5',
    CUSTOM_CAP_GORQ_T1_MODEL: '5',
    CUSTOM_CAP_COOLDOWN_GORQ_TDEFAULT_MODEL: 'fixed:5',
    QUOTA_GROUPS_GORQ_A: 'a,b',
    CONCURRENCY_MULTIPLIER_GORQ_PRIORITY_1: '2',
    EXHAUSTION_COOLDOWN_THRESHOLD_GORQ: '5',
    GROQ_API_KEY_1_TIER: 'free',
    ROTATION_MODE_GORQ: 'balanced',
    MAX_CONCURRENT_REQUESTS_PER_KEY_NOBODY_BALANCED: '1',
    HEALTH_CHECK_SKIP: 'groq, gorq',
    USE_EMBEDDING_BATCHER: 'true',
    HOME: '/root',
    LATENCY_MIN: '5',
  }
  assert.deepEqual(accepted({ env, dotenv: 'MAX_TOKEN_LIMIT=5\nUNRELATED_THING=1' }).warnings.toSorted(), [
    'CONCURRENCY_MULTIPLIER_GORQ_PRIORITY_1 has no effect: no provider has the prefix GORQ. Did you mean CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1?',
    'CUSTOM_CAP_COOLDOWN_GORQ_TDEFAULT_MODEL has no effect: no provider has the prefix GORQ. Did you mean CUSTOM_CAP_COOLDOWN_GROQ_TDEFAULT_MODEL?',
    'CUSTOM_CAP_GORQ_T1_MODEL has no effect: no provider has the prefix GORQ. Did you mean CUSTOM_CAP_GROQ_T1_MODEL?',
    'EXHAUSTION_COOLDOWN_THRESHOLD_GORQ has no effect: no provider has the prefix GORQ. Did you mean EXHAUSTION_COOLDOWN_THRESHOLD_GROQ?',
    'FAIR_CYCLE_DURATION_GORQ has no effect: no provider has the prefix GORQ. Did you mean FAIR_CYCLE_DURATION_GROQ?',
    'FAIR_CYCLE_GORQ has no effect: no provider has the prefix GORQ. Did you mean FAIR_CYCLE_GROQ?',
    'GROQ_API_KEY_1_TIER has no effect: there is no GROQ_API_KEY_1.',
    'HEALTH_CHECK_SKIP: no provider is called gorq. Did you mean groq?',
    'MAX_CONCURRENT_REQUESTS_PER_KEY_NOBODY_BALANCED has no effect: no provider has the prefix NOBODY.',
    'MAX_TOKEN_LIMIT in .env is not a setting. Did you mean MAX_TOKENS_LIMIT?',
    'QUOTA_GROUPS_GORQ_A has no effect: no provider has the prefix GORQ. Did you mean QUOTA_GROUPS_GROQ_A?',
    'ROTATION_MODE_GORQ has no effect: no provider has the prefix GORQ. Did you mean ROTATION_MODE_GROQ?',
  ])
})

test('every form that is read, written for a provider that exists, is read without a warning', () => {
  const env = {
    ...key,
    GROQ_API_KEY_TIER: 'free',
    ENFORCE_MODEL_LISTS_GROQ: 'true',
    CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1_BALANCED: '2',
    SEQUENTIAL_FALLBACK_MULTIPLIER_GROQ: '2',
    QUOTA_GROUPS_GROQ_A_B: 'a,b',
    FAIR_CYCLE_GROQ: 'yes',
    FAIR_CYCLE_TRACKING_MODE_GROQ: 'credential',
    FAIR_CYCLE_CROSS_TIER_GROQ: 'true',
    FAIR_CYCLE_DURATION_GROQ: '1d',
    EXHAUSTION_COOLDOWN_THRESHOLD_GROQ: '60',
    FAIR_CYCLE_QUOTA_THRESHOLD_GROQ: '0.9',
    FAIR_CYCLE_RESET_COOLDOWN_THRESHOLD_GROQ: '5',
    CUSTOM_CAP_GROQ_T1_MODEL: '5',
    CUSTOM_CAP_COOLDOWN_GROQ_T1_MODEL: 'fixed:5',
  }
  assert.deepEqual(accepted({ env }).warnings, [])
})

test('a provider can be left out of probes, and its lists enforced, by variables or by the file', () => {
  const yaml = 'providers: { groq: { skip_probes: true, enforce_model_lists: false } }'
  const env = {
    ...key,
    OPENAI_API_KEY: 'other-key',
    NVIDIA_API_KEY: 'third-key',
    ENFORCE_MODEL_LISTS: 'on',
    HEALTH_CHECK_SKIP: 'nvidia-nim',
  }
  const config = accepted({ yaml, env })
  const told = config.providers.map(({ name, skipsProbes, enforcesModelLists }) => [name, skipsProbes, enforcesModelLists])
  assert.deepEqual(told, [
    ['openai', false, true],
    ['groq', true, false],
    ['nvidia', true, true],
  ])
  const own = accepted({ yaml, env: { ...env, ENFORCE_MODEL_LISTS_GROQ: 'true' } })
  assert.equal(providerOf(own, 'groq').enforcesModelLists, true)
})

test('a wrong value that concerns many providers is reported once', () => {
  assert.throws(() => accepted({ env: { ...key, OPENAI_API_KEY: 'other-key', ROTATION_TOLERANCE: 'x' } }), {
    message: 'environment ROTATION_TOLERANCE: The value cannot be used. Write a number from 0 to 1000.',
  })
})
