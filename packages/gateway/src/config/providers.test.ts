import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, providerOf } from './try-config.test.ts'

const key = { GROQ_API_KEY: 'the-key' }

test('rotation is balanced, tolerance 3, one call per key preferred, no limit', () => {
  const groq = providerOf(accepted({ env: key }), 'groq')
  assert.deepEqual([groq.rotation, groq.tolerance, groq.optimalConcurrency, groq.maxConcurrency], ['balanced', 3, 1, undefined])
})

test('sequential rotation prefers no number of calls', () => {
  const groq = providerOf(accepted({ env: { ...key, ROTATION_MODE_GROQ: 'Sequential' } }), 'groq')
  assert.deepEqual([groq.rotation, groq.optimalConcurrency], ['sequential', undefined])
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
      rotation: 'balanced',
      tolerance: 0.5,
      optimalConcurrency: 2,
      maxConcurrency: 4,
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
  assert.deepEqual([providerOf(config, 'groq').tolerance, providerOf(config, 'openai').tolerance], [2, 0])
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
  assert.deepEqual([balanced.optimalConcurrency, balanced.maxConcurrency], [3, undefined])
  assert.equal(providerOf(accepted({ env: { ...env, ROTATION_MODE_GROQ: 'sequential' } }), 'groq').optimalConcurrency, 5)
  assert.equal(
    providerOf(accepted({ env: { ...key, OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_GROQ: '0' } }), 'groq').optimalConcurrency,
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

test('variables that have no effect are warned of, one by one', () => {
  const env = {
    FAIR_CYCLE_GROQ: 'true',
    CUSTOM_CAP_GROQ_T1_MODEL: '5',
    QUOTA_GROUPS_GROQ_A: 'a,b',
    CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1: '2',
    TIMEOUT_POOL: '60',
    GROQ_API_KEY_1_TIER: 'free',
    ROTATION_MODE_GORQ: 'balanced',
    MAX_CONCURRENT_REQUESTS_PER_KEY_NOBODY_BALANCED: '1',
    HOME: '/root',
    LATENCY_MIN: '5',
  }
  assert.deepEqual(accepted({ env, dotenv: 'MAX_TOKEN_LIMIT=5\nUNRELATED_THING=1' }).warnings.toSorted(), [
    'CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1 is not supported yet and has no effect.',
    'CUSTOM_CAP_GROQ_T1_MODEL is not supported yet and has no effect.',
    'FAIR_CYCLE_GROQ is not supported yet and has no effect.',
    'GROQ_API_KEY_1_TIER is not supported yet and has no effect.',
    'MAX_CONCURRENT_REQUESTS_PER_KEY_NOBODY_BALANCED has no effect: no provider has the prefix NOBODY.',
    'MAX_TOKEN_LIMIT in .env is not a setting. Did you mean MAX_TOKENS_LIMIT?',
    'QUOTA_GROUPS_GROQ_A is not supported yet and has no effect.',
    'ROTATION_MODE_GORQ has no effect: no provider has the prefix GORQ. Did you mean ROTATION_MODE_GROQ?',
    'TIMEOUT_POOL is not supported yet and has no effect.',
  ])
})

test('a wrong value that concerns many providers is reported once', () => {
  assert.throws(() => accepted({ env: { ...key, OPENAI_API_KEY: 'other-key', ROTATION_TOLERANCE: 'x' } }), {
    message: 'environment ROTATION_TOLERANCE: The value cannot be used. Write a number from 0 to 1000.',
  })
})
