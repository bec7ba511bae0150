import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, keysOf, providerOf, tryConfig } from './try-config.test.ts'

test('keys come in the order of their numbers, the one without first, with their priorities', () => {
  const env = {
    GROQ_API_KEY_10: 'ten-key',
    GROQ_API_KEY_2: 'two-key',
    GROQ_API_KEY: 'bare-key',
    GROQ_API_KEY_2_PRIORITY: '3',
    GROQ_API_KEY_PRIORITY: '2',
  }
  assert.deepEqual(keysOf(accepted({ env }), 'groq'), [
    ['bare-key', 'GROQ_API_KEY', 2],
    ['two-key', 'GROQ_API_KEY_2', 3],
    ['ten-key', 'GROQ_API_KEY_10', 1],
  ])
  assert.deepEqual(tryConfig({ env: { ...env, GROQ_API_KEY_2_PRIORITY: 'high' } }).lines, [
    'environment GROQ_API_KEY_2_PRIORITY: The value cannot be used. Write a whole number from 1 to 1000000.',
  ])
})

test('keys have tiers, from their variables or from the file', () => {
  const yaml = 'providers: { groq: { keys: [{ key: three-key, tier: paid, priority: 2 }] } }'
  const env = { GROQ_API_KEY: 'one-key', GROQ_API_KEY_2: 'two-key', GROQ_API_KEY_TIER: 'free' }
  assert.deepEqual(
    providerOf(accepted({ yaml, env }), 'groq').keys.map(({ source, priority, tier }) => [source, priority, tier]),
    [
      ['GROQ_API_KEY', 1, 'free'],
      ['GROQ_API_KEY_2', 1, undefined],
      ['keywheel.yaml:1', 2, 'paid'],
    ],
  )
  assert.deepEqual(tryConfig({ env: { ...env, GROQ_API_KEY_2_TIER: '1' } }).lines, [
    'environment GROQ_API_KEY_2_TIER: The value cannot be used. Write a name such as free: a letter, then letters, digits, dots, dashes and underscores.',
  ])
})

test('every prefix of a provider counts', () => {
  const config = accepted({ env: { TOGETHER_AI_API_KEY: 'one-key', TOGETHERAI_API_KEY: 'two-key' } })
  assert.deepEqual(
    keysOf(config, 'together').map(([key]) => key),
    ['two-key', 'one-key'],
  )
})

test('blanks and placeholders are left out with a warning that names only the variable', () => {
  const placeholders = [
    '  ',
    'your-key-here',
    'xxx',
    'XXXXXXXX',
    '<your key>',
    'changeme',
    'change-me',
    'sk-...',
    'gsk_xxxxxxxx',
    'sk-your-api-key',
    'null',
  ]
  for (const text of placeholders) {
    const { providers, warnings } = accepted({ env: { GROQ_API_KEY_1: text, GROQ_API_KEY_2: 'real-key' } })
    assert.deepEqual(
      providers[0]?.keys.map(({ secret }) => secret.reveal()),
      ['real-key'],
      text,
    )
    assert.match(warnings.join(), /^GROQ_API_KEY_1 is (?:blank|a placeholder, not a key); it is left out\.$/)
  }
  for (const text of ['sk-proj-abcdefgh', 'my-secret-1234', 'AIzaSyNotYourKey', 'EMPTY', 'dummy']) {
    assert.equal(keysOf(accepted({ env: { GROQ_API_KEY: text } }), 'groq').length, 1, text)
  }
})

test('a key given twice counts once', () => {
  const config = accepted({
    yaml: 'providers: { groq: { keys: ["same-key", other-key] } }',
    env: { GROQ_API_KEY_1: ' same-key ', GROQ_API_KEY_2: 'same-key' },
  })
  assert.deepEqual(keysOf(config, 'groq'), [
    ['same-key', 'GROQ_API_KEY_1', 1],
    ['other-key', 'keywheel.yaml:1', 1],
  ])
  assert.deepEqual(config.warnings, [
    'GROQ_API_KEY_2 holds the same key as GROQ_API_KEY_1; it counts once.',
    'keywheel.yaml:1 holds the same key as GROQ_API_KEY_1; it counts once.',
  ])
})

test('a file that takes a key from the variable where it is found anyway is no surprise', () => {
  const config = accepted({ yaml: 'providers: { groq: { keys: ["${GROQ_API_KEY}"] } }', env: { GROQ_API_KEY: 'the-key' } })
  assert.deepEqual(keysOf(config, 'groq'), [['the-key', 'GROQ_API_KEY', 1]])
  assert.deepEqual(config.warnings, [])
})

test('keys of search services and of callers are no keys of providers', () => {
  const env = {
    BRAVE_API_KEY: 'a-key-1',
    TAVILY_API_KEY_2: 'a-key-2',
    EXA_API_KEY: 'b-key',
    JINA_API_KEY: 'c-key',
    ARTIFICIAL_ANALYSIS_API_KEY: 'd-key',
    PROXY_API_KEY: 'e-key',
  }
  const config = accepted({ env })
  assert.deepEqual([config.providers, config.warnings], [[], []])
})

test('a key of nobody is warned of, unless the file takes it by name', () => {
  assert.deepEqual(accepted({ env: { GROK_API_KEY: 'abcdefgh' } }).warnings, [
    'GROK_API_KEY is not used: no provider is called grok. Set GROK_API_BASE to its address to make it one. Did you mean GROQ_API_KEY?',
  ])
  assert.deepEqual(accepted({ yaml: 'providers: { groq: { keys: ["${WORK_API_KEY}"] } }', env: { WORK_API_KEY: 'abcdefgh' } }).warnings, [])
})

test('keys in .env are not taken for slips of the pen', () => {
  assert.deepEqual(accepted({ dotenv: 'GROQ_API_KEY=the-key\nBRAVE_API_KEY=a-key' }).warnings, [])
})

test('a key with an odd name is warned of', () => {
  assert.deepEqual(accepted({ env: { GROQ_API_KEY_WORK: 'abcdefgh' } }).warnings, [
    'GROQ_API_KEY_WORK has no effect: further keys are numbered, such as GROQ_API_KEY_2.',
  ])
})

test('a key that no header can carry is refused without being shown', () => {
  const { lines } = tryConfig({
    yaml: 'providers:\n  groq:\n    keys: ["Bearer sk-hidden-value"]',
    dotenv: "OPENAI_API_KEY='sk-hidden value'",
  })
  assert.deepEqual(lines.toSorted(), [
    '.env:1 OPENAI_API_KEY: The key holds a character that cannot be sent, such as a space or a line break. Give the key alone, without quotes, spaces or the word Bearer.',
    'keywheel.yaml:3:12 providers.groq.keys[0]: The key holds a character that cannot be sent, such as a space or a line break. Give the key alone, without quotes, spaces or the word Bearer.',
  ])
})

test('an address makes a provider of a name that nobody knows, with or without a key', () => {
  const config = accepted({
    env: { MY_BOX_API_BASE: 'http://10.0.0.5:8080/v1/', MY_BOX_API_KEY: 'box-key', LAB_API_BASE: 'http://lab.example' },
  })
  const box = providerOf(config, 'my_box')
  assert.deepEqual([box.baseUrl, box.keyless, box.keys.length], ['http://10.0.0.5:8080/v1', false, 1])
  const lab = providerOf(config, 'lab')
  assert.deepEqual([lab.baseUrl, lab.keyless, lab.keys.length], ['http://lab.example', true, 0])
})

test('the environment gives keys to a provider that the file describes', () => {
  const config = accepted({ yaml: 'providers: { my-box: { base_url: "http://box.example" } }', env: { MY_BOX_API_KEY: 'box-key' } })
  assert.deepEqual(keysOf(config, 'my-box'), [['box-key', 'MY_BOX_API_KEY', 1]])
})

test('an address replaces that of a known provider, by either name for openai', () => {
  const env = { OPENAI_API_KEY: 'the-key', OPENAI_BASE_URL: 'http://a.example/v1/' }
  assert.equal(providerOf(accepted({ env }), 'openai').baseUrl, 'http://a.example/v1')
  assert.equal(providerOf(accepted({ env: { ...env, OPENAI_API_BASE: 'http://b.example' } }), 'openai').baseUrl, 'http://b.example')
  assert.equal(
    providerOf(accepted({ yaml: 'providers: { openai: { base_url: "http://c.example" } }', env }), 'openai').baseUrl,
    'http://a.example/v1',
  )
})

test('a provider that needs no key takes part only when it is named or its address is set', () => {
  assert.deepEqual(accepted({}).providers, [])
  assert.equal(providerOf(accepted({ yaml: 'providers: { ollama: {} }' }), 'ollama').keyless, true)
  assert.equal(providerOf(accepted({ env: { OLLAMA_API_BASE: 'http://box:11434/v1' } }), 'ollama').keyless, true)
})

test('a provider of the file without a key stays, with a warning; one that is switched off goes', () => {
  const named = accepted({ yaml: 'providers: { groq: {} }' })
  assert.deepEqual([named.providers[0]?.keys, named.providers[0]?.keyless], [[], false])
  assert.deepEqual(named.warnings, ['groq has no key. Set GROQ_API_KEY.'])
  assert.deepEqual(accepted({ yaml: 'providers: { groq: { enabled: false } }', env: { GROQ_API_KEY: 'the-key' } }).providers, [])
})
