import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, tryConfig } from './try-config.test.ts'

const groq = { GROQ_API_KEY: 'the-key' }

test('presets exist for the providers that have a key', () => {
  assert.deepEqual(accepted({ env: groq }).virtualModels, [
    {
      name: 'coding-elite',
      description: 'The strongest',
      targets: [{ provider: 'groq', model: 'quick', priority: 1 }],
      timeouts: {},
      source: 'preset',
    },
    {
      name: 'chat-fast',
      description: 'The quickest',
      targets: [{ provider: 'groq', model: 'quick', priority: 1 }],
      timeouts: {},
      source: 'preset',
    },
  ])
  assert.deepEqual(
    accepted({ env: { OPENAI_API_KEY: 'the-key' } }).virtualModels.map(({ name }) => name),
    ['coding-elite'],
  )
  assert.deepEqual(accepted({ yaml: 'providers: { groq: {} }' }).virtualModels, [])
})

test('a file replaces presets by name, with a model or with an alias', () => {
  const yaml = 'virtual_models: { chat-fast: { fallback_chain: [{ provider: groq, model: mine }] } }\naliases: { coding-elite: chat-fast }'
  const config = accepted({ yaml, env: groq })
  assert.deepEqual(
    config.virtualModels.map(({ name, source }) => [name, source]),
    [['chat-fast', 'keywheel.yaml:1']],
  )
})

test('priorities decide the order, equal ones stay as they are written, none is the place in the list', () => {
  const yaml = `virtual_models:
  a:
    fallback_chain:
      - { provider: groq, model: e, priority: 5 }
      - { provider: groq, model: b }
      - { provider: groq, model: a, priority: 1 }
      - { provider: groq, model: b2, priority: 2 }
`
  const models = accepted({ yaml, env: groq }).virtualModels[0]?.targets.map(({ model, priority }) => [model, priority])
  assert.deepEqual(models, [
    ['a', 1],
    ['b', 2],
    ['b2', 2],
    ['e', 5],
  ])
})

test('targets whose provider has no key are passed over with a warning', () => {
  const yaml = 'virtual_models: { a: { fallback_chain: [{ provider: openai, model: x }, { provider: groq, model: y }] } }'
  const config = accepted({ yaml, env: groq })
  assert.deepEqual(config.virtualModels[0]?.targets, [{ provider: 'groq', model: 'y', priority: 2 }])
  assert.deepEqual(config.warnings, ['a: openai has no key or is switched off, so its models are passed over.'])
})

test('a model that nobody can serve stays whole, with a warning', () => {
  const yaml = 'virtual_models: { a: { fallback_chain: [{ provider: openai, model: x }], timeouts: { deadline_ms: 5 } } }'
  const config = accepted({ yaml })
  assert.deepEqual(config.virtualModels[0]?.targets, [{ provider: 'openai', model: 'x', priority: 1 }])
  assert.deepEqual(config.virtualModels[0]?.timeouts, { deadlineMs: 5 })
  assert.match(config.warnings.join('\n'), /a: no provider of its chain has a key, so every call to it will fail\./)
})

test('an alias leads to a virtual model, to a preset, to another alias or to a provider and model', () => {
  const yaml = 'aliases: { a: chat-fast, b: a, c: groq/any/model:free, constructor: c }'
  assert.deepEqual({ ...accepted({ yaml, env: groq }).aliases }, { a: 'chat-fast', b: 'a', c: 'groq/any/model:free', constructor: 'c' })
})

test('an alias to a preset that needs a key is a warning', () => {
  assert.deepEqual(accepted({ yaml: 'aliases: { a: chat-fast }' }).warnings, [
    'The alias a leads to the preset chat-fast, which no provider with a key can serve now.',
  ])
})

test('aliases in a circle are refused, each of the circle once', () => {
  assert.deepEqual(tryConfig({ yaml: 'aliases:\n  a: b\n  b: c\n  c: b\n  d: d\n' }).lines, [
    'keywheel.yaml:3:6 aliases.b: This alias leads back to itself: b → c → b. Let one of them name a model.',
    'keywheel.yaml:4:6 aliases.c: This alias leads back to itself: c → b → c. Let one of them name a model.',
    'keywheel.yaml:5:6 aliases.d: This alias leads back to itself: d → d. Let one of them name a model.',
  ])
})

const chain = (length: number): string =>
  Array.from({ length }, (_, index) => `a${index}: ${index + 1 < length ? `a${index + 1}` : 'groq/m'}`).join(', ')

test('an alias through more than eight others is refused', () => {
  assert.equal(tryConfig({ yaml: `aliases: { ${chain(9)} }` }).problems.length, 0)
  assert.deepEqual(tryConfig({ yaml: `aliases: { ${chain(10)} }` }).lines, [
    'keywheel.yaml:1:16 aliases.a0: This alias leads through more than 8 others. Name the model directly.',
  ])
})

test('an alias to nothing is refused with the nearest name', () => {
  assert.deepEqual(tryConfig({ yaml: 'aliases: { a: caht-fast, b: gorq/m, c: groq/, d: qqqqqqq }', env: groq }).lines, [
    'keywheel.yaml:1:15 aliases.a: There is no model caht-fast. Did you mean chat-fast?',
    'keywheel.yaml:1:29 aliases.b: There is no model gorq/m. Did you mean groq/m?',
    'keywheel.yaml:1:40 aliases.c: There is no model groq/. Name a virtual model, another alias, or provider/model.',
    'keywheel.yaml:1:50 aliases.d: There is no model qqqqqqq. Name a virtual model, another alias, or provider/model.',
  ])
})

test('an alias with the name of a virtual model of the file is refused', () => {
  const yaml = 'virtual_models: { a: { fallback_chain: [{ provider: groq, model: m }] } }\naliases: { a: groq/m }'
  assert.deepEqual(tryConfig({ yaml, env: groq }).lines, [
    'keywheel.yaml:2:12 aliases.a: A virtual model has this name already. Rename one of the two.',
  ])
})

test('an alias to a virtual model whose own entry is wrong adds no second problem', () => {
  assert.equal(tryConfig({ yaml: 'virtual_models: { a: { fallback_chain: 5 } }\naliases: { b: a }', env: groq }).problems.length, 1)
})
